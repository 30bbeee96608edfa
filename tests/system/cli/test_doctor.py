"""The doctor as a process of its own, in surroundings of every kind."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from promptvm_oauth.devserver import DevServer

ABOUT_PLACES = ("PROMPTVM_", "XDG_", "SSH_", "WSL_", "DISPLAY", "WAYLAND", "BROWSER", "CI", "CODESPACES", "DBUS_")


def doctor(home: Path, environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(ABOUT_PLACES)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli", "doctor", *arguments],
        env={**bare, "HOME": str(home), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize(
    ("environ", "flow", "reason"),
    [
        ({"DISPLAY": ":0"}, "browser", "a browser can be opened here"),
        ({"SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22", "DISPLAY": "localhost:10.0"}, "device", "SSH_CONNECTION"),
        ({"WSL_DISTRO_NAME": "Debian"}, "browser", "WSL"),
        ({"container": "podman"}, "device", "this is a container"),
        ({"CI": "true", "DISPLAY": ":0"}, "device", "CI"),
        ({"CODESPACES": "true"}, "device", "CODESPACES"),
    ],
    ids=["desktop", "SSH", "WSL", "container", "CI", "Codespaces"],
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the surroundings are those of Linux")
def test_the_plan_and_its_reasons_are_told(
    dev_server: DevServer, tmp_path: Path, environ: dict[str, str], flow: str, reason: str
) -> None:
    done = doctor(tmp_path, {"PROMPTVM_BASE_URL": dev_server.base_url, **environ}, "--json", "--store", "file")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["plan"]["flow"] == flow
    assert any(reason in given for given in told["plan"]["reasons"])
    assert told["server"] == {"base_url": dev_server.base_url, "problem": None}
    assert abs(told["clock_skew"]) < 60
    assert told["stores"] == [{"name": "file", "problem": None}]
    assert list(tmp_path.iterdir()) == []


def test_over_ssh_the_tunnel_is_told_and_with_its_port_the_browser_is_planned(
    dev_server: DevServer, tmp_path: Path
) -> None:
    environ = {"PROMPTVM_BASE_URL": dev_server.base_url, "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}
    told = doctor(tmp_path, environ, "--store", "file").stdout
    assert re.search(r"^ssh -L 18623:127\.0\.0\.1:18623 (\w+@)?(192\.0\.2\.2|HOST)$", told, re.MULTILINE)
    told = doctor(tmp_path, environ, "--store", "file", "--port", "18623").stdout
    assert told.startswith("login      in a browser\n")


def test_a_server_that_is_not_there_is_told_by_text_and_exit_code(tmp_path: Path) -> None:
    done = doctor(tmp_path, {"PROMPTVM_BASE_URL": "http://127.0.0.1:9"}, "--store", "file")
    assert done.returncode == 4
    assert "server     http://127.0.0.1:9: " in done.stdout


def test_a_wrong_address_is_told_beside_everything_else(tmp_path: Path) -> None:
    done = doctor(tmp_path, {"PROMPTVM_BASE_URL": "http://example.test"}, "--store", "file")
    assert (done.returncode, done.stderr) == (2, "")
    assert "\nsettings   the base URL " in done.stdout
    assert done.stdout.startswith("login      ")


def test_no_secret_of_the_environment_is_told(dev_server: DevServer, tmp_path: Path) -> None:
    secrets = {
        "PROMPTVM_PUBLIC_KEY": "pk_geheim",
        "PROMPTVM_SECRET_KEY": "sk_geheim",
        "HTTPS_PROXY": "http://user:geheim@proxy.test:3128",
        "BROWSER": "/opt/browser --key=geheim",
        "JUPYTERHUB_API_URL": "https://hub.test/?token=geheim",
    }
    done = doctor(tmp_path, {"PROMPTVM_BASE_URL": dev_server.base_url, **secrets}, "--store", "file")
    assert done.returncode == 0
    assert "geheim" not in done.stdout + done.stderr
