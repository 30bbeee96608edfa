"""Places that cannot take tokens: the doctor says so, and a login finds it out before a server is asked."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from promptvm_oauth.devserver import DevServer

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="capabilities are those of Linux")

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2

PROGRAM = """
import errno, fcntl, os, sys
from promptvm_oauth.cli import main
if "no-locks" in sys.argv:
    sys.argv.remove("no-locks")
    def flock(*_):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    fcntl.flock = flock
sys.exit(main(sys.argv[1:]))
"""

PLACES = {
    "missing": ("{home}/read-only/not/there", "Permission denied"),
    "read-only": ("{home}/read-only", "Permission denied"),
    "open to all": ("{home}/open", "other users can write to"),
    "without locks": ("{home}/fine", "does not support locks"),
}


def bind_root_to_modes() -> None:
    """Takes from root the right to read and write whatever the mode says (capabilities(7))."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Returns a home directory with places of every kind."""
    for name, mode in (("read-only", 0o500), ("open", 0o777), ("fine", 0o700)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    return tmp_path


def command(home: Path, server: DevServer, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "PROMPTVM_BASE_URL": server.base_url}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words, "--store", "file"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=bind_root_to_modes,
    )


def run(home: Path, server: DevServer, place: str, *words: str) -> subprocess.CompletedProcess[str]:
    locks = ["no-locks"] if place == "without locks" else []
    return command(home, server, *locks, *words, "--config-dir", PLACES[place][0].format(home=home))


@pytest.mark.parametrize("place", PLACES)
def test_the_doctor_says_what_cannot_take_tokens_and_what_to_do(dev_server: DevServer, home: Path, place: str) -> None:
    before = sorted(home.rglob("*"))
    done = run(home, dev_server, place, "doctor", "--json")
    assert done.returncode == 5, done.stderr
    assert PLACES[place][1] in done.stdout
    assert "--config-dir" in done.stdout
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize("place", PLACES)
def test_a_login_finds_it_before_the_user_is_asked_and_leaves_nothing(
    dev_server: DevServer, home: Path, place: str
) -> None:
    before = sorted(home.rglob("*"))
    done = run(home, dev_server, place, "login", "--device")
    assert done.returncode not in {0, 130}
    assert PLACES[place][1] in done.stderr
    assert "--config-dir" in done.stderr
    assert "/activate" not in done.stderr
    assert dev_server.base_url not in done.stderr
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize("name", ["config.yaml", "profiles/default.yaml"])
def test_the_doctor_goes_on_past_damaged_files(dev_server: DevServer, home: Path, name: str) -> None:
    (home / "fine" / "profiles").mkdir(mode=0o700)
    (home / "fine" / name).write_text("[")
    done = command(home, dev_server, "doctor", "--config-dir", str(home / "fine"))
    assert done.returncode == 1, done.stderr
    told = " ".join(done.stdout.split())
    assert f"profile default: {home / 'fine' / name} is not valid YAML" in told
    assert "store file: ok" in told
    assert f"server {dev_server.base_url}: ok" in told
