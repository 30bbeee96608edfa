"""Openers as real processes."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from promptvm_oauth.adapters.browser import process
from promptvm_oauth.adapters.browser.browser import AsyncBrowser, BlockingBrowser
from promptvm_oauth.adapters.browser.process import start
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import BrowserError

from ..program import executable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the openers of these tests are scripts")

URL = "https://app.example/authorize?a=1&b=$(touch+pwned);c=%s"
RECORD = """\
import json, os, sys
streams = [os.fstat(number).st_rdev == os.stat(os.devnull).st_rdev for number in (0, 1, 2)]
seen = {"argv": sys.argv[1:], "streams": streams, "leader": os.getsid(0) == os.getpid(),
        "path": os.environ["PATH"], "browser": os.environ.get("BROWSER")}
print("noise on stdout", flush=True)
with open(sys.argv[0] + ".part", "w") as file:
    json.dump(seen, file)
os.rename(sys.argv[0] + ".part", sys.argv[0] + ".seen")
"""


def program(path: Path, text: str = RECORD) -> Path:
    return executable(path, text)


def seen(path: Path) -> dict[str, object]:
    record = Path(f"{path}.seen")
    deadline = time.monotonic() + 10
    while not record.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return dict(json.loads(record.read_text()))


def test_an_opener_gets_the_url_as_one_argument_and_nothing_of_ours(tmp_path: Path) -> None:
    opener = program(tmp_path / "bin" / "xdg-open")
    environ = {"PATH": f".:{opener.parent}::/usr/bin", "DISPLAY": ":0"}
    run_blocking(BlockingBrowser(environ=environ, platform="linux").open(URL))
    assert seen(opener) == {
        "argv": [URL],
        "streams": [True, True, True],
        "leader": True,
        "path": f"{opener.parent}:/usr/bin",
        "browser": None,
    }


def test_the_asynchronous_browser_opens_the_same_way(tmp_path: Path) -> None:
    opener = program(tmp_path / "bin" / "xdg-open")
    environ = {"PATH": str(opener.parent), "DISPLAY": ":0"}
    asyncio.run(AsyncBrowser(environ=environ, platform="linux").open(URL))
    assert seen(opener)["argv"] == [URL]


def test_a_chosen_command_is_run_without_a_shell(tmp_path: Path) -> None:
    opener = program(tmp_path / "my browser")
    environ = {"PATH": "/usr/bin", "BROWSER": f"'{opener}' --title='a;b' %s"}
    run_blocking(BlockingBrowser(environ=environ, platform="linux").open(URL))
    record = seen(opener)
    assert (record["argv"], record["browser"]) == (["--title=a;b", URL], None)
    assert not (tmp_path / "pwned").exists()


def test_a_relative_command_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opener = program(tmp_path / "bin" / "browser")
    monkeypatch.chdir(tmp_path)
    for relative in ("bin/browser", "./bin/browser"):
        with pytest.raises(BrowserError, match="no browser was found"):
            run_blocking(BlockingBrowser(environ={"BROWSER": relative}, platform="linux").open(URL))
    assert not Path(f"{opener}.seen").exists()


@pytest.mark.parametrize("path", ["", ".", ":", "bin", "./bin:"])
def test_the_working_directory_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    hostile = [program(tmp_path / "xdg-open"), program(tmp_path / "bin" / "xdg-open")]
    monkeypatch.chdir(tmp_path)
    environ = {"PATH": path, "DISPLAY": ":0"}
    with pytest.raises(BrowserError, match="no browser was found"):
        run_blocking(BlockingBrowser(environ=environ, platform="linux").open(URL))
    assert not any(Path(f"{opener}.seen").exists() for opener in hostile)


def test_what_an_opener_prints_does_not_reach_our_streams(tmp_path: Path) -> None:
    noisy = program(tmp_path / "noisy", "import sys\nprint('noise')\nprint('noise', file=sys.stderr)\n")
    code = (
        "from promptvm_oauth.adapters.browser.browser import BlockingBrowser\n"
        "from promptvm_oauth.domain.use_cases.run_blocking import run_blocking\n"
        "run_blocking(BlockingBrowser().open('https://app.example/'))\n"
        "print('ours')\n"
    )
    environ = {**os.environ, "BROWSER": str(noisy)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("ours\n", "", 0)


def test_the_status_of_an_opener_that_ends_in_time_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BROWSER_START_GRACE", 20.0)
    failing = program(tmp_path / "failing", "raise SystemExit(3)\n")
    assert start([str(failing), URL], {})() == 3


def test_an_opener_that_hangs_is_left_alone_and_collected_when_it_ends(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    hanging = program(tmp_path / "hanging", "import sys\nopen(sys.argv[1]).read()\n")
    status = start([str(hanging), str(fifo)], {})
    assert status() is None
    watchers = [thread for thread in threading.enumerate() if thread.name == "promptvm-oauth browser"]
    assert [thread.daemon for thread in watchers] == [True]
    fifo.write_text("")
    watchers[0].join(10)
    assert not watchers[0].is_alive()
    assert status() == 0


def test_a_program_may_end_before_its_browser_does(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    hanging = program(tmp_path / "hanging", "import sys\nopen(sys.argv[1]).read()\n")
    code = (
        "from promptvm_oauth.adapters.browser.process import start\n"
        f"print(start([{str(hanging)!r}, {str(fifo)!r}], {{}})())\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("None\n", "", 0)
    fifo.write_text("")


def test_a_file_that_is_not_a_program_cannot_be_started(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    for path in (plain, tmp_path, tmp_path / "missing"):
        with pytest.raises(FileNotFoundError):
            start([str(path)], {"PATH": str(tmp_path)})
