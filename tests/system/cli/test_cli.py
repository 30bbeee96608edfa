"""The command as a process of its own, against a server on this machine."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth.devserver import DevServer, Settings
from promptvm_oauth.testing.person import ScriptedPerson

from ..program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli"]

LONG = 20.0
"""Seconds after which a command hangs; none needs them."""

PRINT_MODULES = """
import sys
from promptvm_oauth.cli import main
code = main(sys.argv[1:])
sys.stderr.write(" ".join(sys.modules))
sys.exit(code)
"""

HEAVY = {
    "attr",
    "attrs",
    "asyncio",
    "httpx",
    "h11",
    "structlog",
    "logging",
    "filelock",
    "keyring",
    "ssl",
    "platformdirs",
}


class Shell:
    """Runs the command as a person with an empty home would, behind a proxy that does not exist."""

    def __init__(self, home: Path, base_url: str) -> None:
        self.home = home
        self.base_url = base_url
        self.environ: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PROMPTVM_", "XDG_"))},
            "HOME": str(home),
            "PROMPTVM_BASE_URL": base_url,
            "HTTP_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
            "ALL_PROXY": "http://127.0.0.1:9",
        }

    def start(self, *arguments: str) -> Program:
        return Program([*COMMAND, *arguments], self.environ)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            return process.ended()

    def login(self, *arguments: str, decision: str = "approve") -> subprocess.CompletedProcess[str]:
        """Log in; the person opens the page that the command shows and answers its form."""
        page = re.compile(r"^http://\S+(?:user_code=|/start/)\S+$" if "--device" in arguments else r"^http://\S+$")
        with self.start("login", *arguments) as process:
            assert process.stderr is not None
            read = ""
            for line in process.stderr:
                read += line
                if page.match(line):
                    ScriptedPerson(decision).visit(line.strip())
                    break
            return process.ended(read)

    def files(self, ending: str) -> list[str]:
        return [path.name for path in self.home.rglob(f"*{ending}")]


@pytest.fixture
def settings() -> Settings:
    return Settings(device_interval=0.05)


@pytest.fixture
def shell(tmp_path: Path, dev_server: DevServer) -> Shell:
    return Shell(tmp_path, dev_server.base_url)


def test_a_device_login_lasts_until_the_logout(shell: Shell, dev_server: DevServer) -> None:
    login = shell.login("--device", "--device-name", "my desk")
    assert login.returncode == 0, login.stderr
    assert login.stdout == ""
    assert "\nSigned in as ada@example.com, Example Organization\n" in login.stderr
    assert [session.approval.device_name for session in dev_server.auth.live_sessions] == ["my desk"]

    status = shell.run("status", "--check")
    assert status.returncode == 0
    assert "state         live\n" in status.stdout

    logout = shell.run("logout")
    assert logout.returncode == 0
    assert "The session at the server was ended." in logout.stderr
    assert dev_server.auth.live_sessions == ()
    assert shell.files(".enc") == []

    assert shell.run("status").returncode == 3
    assert shell.run("token").returncode == 3


def test_a_browser_login_shows_its_page_and_ends_with_json_alone_on_standard_output(shell: Shell) -> None:
    login = shell.login("--browser", "--no-browser-open", "--profile", "work", "--json")
    assert login.returncode == 0, login.stderr
    result = json.loads(login.stdout)
    assert result["profile"] == "work"
    assert result["flow"] == "browser"
    assert result["user"]["email"] == "ada@example.com"


def test_standard_output_holds_the_token_and_nothing_else(shell: Shell, dev_server: DevServer) -> None:
    shell.login("--device")
    token = shell.run("token")
    assert token.returncode == 0
    assert token.stderr == ""
    assert [f"{session.access_token}\n" for session in dev_server.auth.live_sessions] == [token.stdout]


def test_a_stored_token_is_printed_without_loading_anything_heavy(shell: Shell) -> None:
    shell.login("--device")
    run = subprocess.run(
        [sys.executable, "-c", PRINT_MODULES, "token"],
        env=shell.environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=LONG,
    )
    assert run.stdout.strip()
    assert HEAVY.isdisjoint(run.stderr.split())


def test_no_command_prints_a_secret_but_token(shell: Shell, dev_server: DevServer) -> None:
    login = shell.login("--device", "--json")
    (session,) = dev_server.auth.live_sessions
    seen = login.stdout + login.stderr
    for arguments in (("status",), ("status", "--check", "--json"), ("logout", "--json")):
        run = shell.run(*arguments)
        seen += run.stdout + run.stderr
    assert session.access_token not in seen
    assert "pvm_rt_" not in seen


def test_refresh_renews_a_token_that_is_still_fresh(shell: Shell, dev_server: DevServer) -> None:
    shell.login("--device")
    before = shell.run("token").stdout
    renewed = shell.run("refresh")

    assert (renewed.returncode, renewed.stdout) == (0, "")
    assert renewed.stderr.startswith("renewed  default\nexpires  in 60 min")
    assert shell.run("token").stdout != before
    assert dev_server.auth.count("token", grant_type="refresh_token") == 1


def test_profiles_are_listed_switched_and_removed(shell: Shell, dev_server: DevServer) -> None:
    shell.login("--device", "--profile", "work")
    shell.login("--device", "--profile", "play")
    listed = shell.run("profiles").stdout.splitlines()
    assert listed == [
        f"* play  ada@example.com {dev_server.base_url}",
        f"  work  ada@example.com {dev_server.base_url}",
    ]

    switched = json.loads(shell.run("profiles", "--use", "work", "--json").stdout)["profiles"]
    assert [profile["name"] for profile in switched if profile["active"]] == ["work"]

    assert shell.run("profiles", "--remove", "play").stdout.startswith("* work")
    assert shell.files(".enc") == ["work.enc"]
    assert shell.run("profiles", "--use", "play").returncode == 2


def test_sessions_are_shown_with_the_program_and_can_be_ended(shell: Shell, dev_server: DevServer) -> None:
    shell.login("--device", "--device-name", "the desk", "--profile", "desk")
    shell.login("--device", "--profile", "other")
    shown = shell.run("sessions").stdout
    assert "device     the desk" in shown
    assert "promptvm-oauth/" in shown

    sessions = json.loads(shell.run("sessions", "--json").stdout)["sessions"]
    (desk,) = (session["id"] for session in sessions if session["device_name"] == "the desk")
    assert shell.run("sessions", "--end", desk).returncode == 0
    assert len(dev_server.auth.live_sessions) == 1
    assert shell.run("status", "--profile", "desk", "--check").returncode == 3


def test_a_person_who_says_no_ends_the_login(shell: Shell) -> None:
    login = shell.login("--device", decision="deny")
    assert login.returncode == 1
    assert login.stderr.splitlines()[-1].startswith("promptvm-auth: the sign-in was denied (access_denied: ")
    assert shell.files(".enc") == []


def test_a_session_that_was_ended_elsewhere_takes_a_new_login(shell: Shell, dev_server: DevServer) -> None:
    shell.login("--device")
    dev_server.auth.end_session(dev_server.auth.live_sessions[0].id)
    token = shell.run("refresh")
    assert token.returncode == 3
    assert token.stdout == ""
    assert token.stderr.splitlines()[-1] == "Sign in with: promptvm-auth login"


def test_an_unreachable_server_is_for_later_and_loses_nothing(shell: Shell, dev_server: DevServer) -> None:
    dev_server.auth.settings.access_token_lifetime = 1
    shell.login("--device")
    dev_server.close()
    time.sleep(1)
    token = shell.run("token", "--json")
    assert token.returncode == 4
    assert json.loads(token.stdout)["error"]["retryable"] is True
    assert shell.files(".enc") == ["default.enc"]


def test_a_store_that_cannot_be_used_has_its_own_exit_code(shell: Shell, tmp_path: Path) -> None:
    shell.login("--device")
    (tokens,) = tmp_path.rglob("tokens")
    tokens.rename(tokens.with_name("moved"))
    tokens.write_text("not a directory")
    token = shell.run("token")
    assert token.returncode == 5
    assert token.stderr.startswith("promptvm-auth: file: ")


def test_another_server_than_the_logins_is_wrong_usage(shell: Shell) -> None:
    shell.login("--device")
    token = shell.run("token", "--base-url", "https://api.promptvm.ai")
    assert token.returncode == 2
    assert token.stdout == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone there")
@pytest.mark.parametrize("flow", [("--device",), ("--browser", "--no-browser-open")])
def test_ctrl_c_ends_a_login_at_once_and_stores_nothing(shell: Shell, flow: tuple[str, ...]) -> None:
    with shell.start("login", *flow) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("Waiting"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert (out, err) == ("", "Stopped: the login is not complete, and nothing was stored.\n")
    assert shell.files(".enc") == []


def test_the_development_server_serves_until_ctrl_c(shell: Shell) -> None:
    with shell.start("dev-server", "--port", "0") as process:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        process.communicate()
    assert re.search(r" at http://127\.0\.0\.1:\d+$", greeting)
