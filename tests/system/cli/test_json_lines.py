"""`--json-lines` as a program at the other end of two pipes sees it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from promptvm_oauth.devserver import DevServer, Settings
from promptvm_oauth.devserver.faults import Drop
from promptvm_oauth.testing.person import ScriptedPerson

COMMAND = [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli"]
SCHEMA: Any = Draft202012Validator(json.loads(files("promptvm_oauth").joinpath("events.schema.json").read_text()))
BROWSER = ("--browser", "--no-browser-open")

pytestmark = pytest.mark.usefixtures("without_display")


class FrontEnd:
    """A program that runs the command; every line that it reads is checked against the documented schema."""

    def __init__(self, home: Path, server: DevServer, *arguments: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PROMPTVM_", "XDG_"))}
        environ |= {"HOME": str(home), "PROMPTVM_BASE_URL": server.base_url}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [*COMMAND, *arguments, "--json-lines"], env=environ, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        self.lines: list[dict[str, Any]] = []

    def until(self, kind: str) -> dict[str, Any]:
        """Reads lines until one of a kind, and returns it."""
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line: dict[str, Any] = json.loads(text)
            assert not list(SCHEMA.iter_errors(line)), line
            self.lines.append(line)
            if line["event"] == kind:
                return line
        raise AssertionError((kind, self.lines))

    def write(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def ended(self) -> tuple[int, dict[str, Any]]:
        """Reads to the end, and returns the exit code and the last line."""
        last = self.until("CommandEnded")
        out, _ = self.process.communicate(timeout=60)
        assert out == ""
        assert self.process.returncode == last["exit_code"]
        return self.process.returncode, last

    def kinds(self) -> list[str]:
        return [line["event"] for line in self.lines]


@pytest.fixture
def settings() -> Settings:
    return Settings(device_interval=1)


@pytest.fixture
def started(tmp_path: Path, dev_server: DevServer) -> Generator[Any]:
    running: list[FrontEnd] = []

    def start(*arguments: str) -> FrontEnd:
        running.append(FrontEnd(tmp_path, dev_server, *arguments))
        return running[-1]

    yield start
    for front_end in running:
        front_end.process.kill()
        front_end.process.communicate()


def test_a_device_login(started: Any, dev_server: DevServer) -> None:
    front_end = started("login", "--device", "--profile", "work", "--store", "file")
    dev_server.auth.approve_device(front_end.until("DeviceCodeIssued")["user_code"])
    code, last = front_end.ended()

    assert code == 0
    assert front_end.kinds() == ["LoginPlanned", "DeviceCodeIssued", "Waiting", "LoggedIn", "CommandEnded"]
    assert (last["profile"], last["error"]) == ("work", None)
    assert last["result"]["user"]["email"] == "ada@example.com"
    assert last["result"]["expires_at"].endswith("Z")
    told = json.dumps(front_end.lines)
    assert not [secret for secret in ("pvm_", "device_code", "verifier") if secret in told]


def test_a_browser_login(started: Any) -> None:
    front_end = started("login", *BROWSER)
    ScriptedPerson().visit(front_end.until("BrowserNotOpened")["url"])
    code, last = front_end.ended()

    assert (code, last["result"]["flow"]) == (0, "browser")
    assert "ProblemNoticed" not in front_end.kinds()  # a hint about this terminal would be wrong: there is none


@pytest.mark.parametrize("flow", [BROWSER, ("--paste",)])
def test_the_address_is_pasted_by_the_front_end(started: Any, dev_server: DevServer, flow: tuple[str, ...]) -> None:
    front_end = started("login", *flow)
    url = front_end.until("BrowserNotOpened")["url"]
    front_end.until("Waiting")
    front_end.write(json.dumps({"paste": "http://127.0.0.1:1/callback?code=x&state=y"}))
    assert "this is not the address of this login" in front_end.until("ProblemNoticed")["problem"]
    front_end.write(json.dumps({"paste": dev_server.auth.approve(url)}))
    code, last = front_end.ended()

    assert (code, last["result"]["user"]["email"]) == (0, "ada@example.com")


@pytest.mark.parametrize("flow", [BROWSER, ("--device",), ("--paste",)])
def test_a_cancel_ends_the_login_at_once(started: Any, dev_server: DevServer, flow: tuple[str, ...]) -> None:
    front_end = started("login", *flow, "--timeout", "60")
    front_end.until("Waiting")
    front_end.write('{"cancel": true}')
    began = time.monotonic()
    assert front_end.until("LoginFailed")["error"] == "LoginCancelled"
    assert time.monotonic() - began < 1.0
    code, last = front_end.ended()

    assert (code, last["error"]["type"], last["error"]["exit_code"]) == (130, "LoginCancelled", 130)
    assert dev_server.auth.live_sessions == ()


def test_a_bad_line_is_answered_and_the_end_of_the_input_ends_nothing(started: Any, dev_server: DevServer) -> None:
    front_end = started("login", "--device")
    code = front_end.until("DeviceCodeIssued")["user_code"]
    for line, problem in (
        ("cancel", "a line is a JSON object"),
        ('{"paste": "http://127.0.0.1:1/callback?code=x"}', "no address is awaited now"),
        ("x" * 70_000, "a line has at most 65536 bytes"),
    ):
        front_end.write(line)
        assert problem in front_end.until("InputRejected")["problem"]
    front_end.process.stdin.close()
    dev_server.auth.approve_device(code)
    front_end.process.stdin = None

    assert front_end.ended()[0] == 0


def test_a_denied_login_says_what_to_do_next(started: Any, dev_server: DevServer) -> None:
    front_end = started("login", "--device")
    dev_server.auth.deny_device(front_end.until("DeviceCodeIssued")["user_code"])
    failed = front_end.until("LoginFailed")
    code, last = front_end.ended()

    assert (failed["error"], failed["code"], failed["retryable"]) == ("AccessDenied", "access_denied", False)
    assert (failed["needs_login"], failed["next_step"]) == (False, "log in again")
    assert (code, last["result"], last["error"]["next_step"]) == (1, None, "log in again")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals for a process")
def test_ctrl_c_has_a_last_line(started: Any) -> None:
    front_end = started("login", "--device")
    front_end.until("Waiting")
    front_end.process.send_signal(signal.SIGINT)
    assert front_end.until("LoginFailed")["error"] == "KeyboardInterrupt"
    code, last = front_end.ended()

    assert (code, last["result"], last["error"]) == (130, None, None)


def test_a_front_end_that_is_gone_ends_the_login(started: Any, dev_server: DevServer) -> None:
    front_end = started("login", "--device")
    front_end.until("Waiting")
    dev_server.auth.queue_fault("device_token", Drop())  # the next event is written into a pipe that no program reads
    front_end.process.stdout.close()
    front_end.process.stdout = None
    assert front_end.process.wait(timeout=60) == 1
    assert dev_server.auth.live_sessions == ()


def test_the_other_commands_that_wait(started: Any, dev_server: DevServer) -> None:
    front_end = started("login", "--device")
    dev_server.auth.approve_device(front_end.until("DeviceCodeIssued")["user_code"])
    front_end.ended()

    again = started("login", "--if-needed")
    assert again.ended()[1]["result"]["state"] == "live"
    assert again.kinds() == ["CommandEnded"]
    refreshed = started("refresh")
    assert refreshed.until("Refreshed")["expires_at"] == refreshed.ended()[1]["result"]["expires_at"]
    assert started("status", "--check").ended()[1]["result"]["state"] == "live"
    assert len(started("sessions").ended()[1]["result"]["sessions"]) == 1
    assert started("profiles").ended()[1]["result"]["profiles"][0]["name"] == "default"
    out = started("logout")
    assert out.ended()[1]["result"]["removed"]
    assert out.kinds() == ["TokensRemoved", "LoggedOut", "CommandEnded"]
    assert started("wipe", "--yes").ended()[0] == 0
    code, last = started("refresh").ended()
    assert (code, last["error"]["needs_login"], last["error"]["next_step"]) == (3, True, "log in")


@pytest.mark.parametrize(
    "arguments",
    [("login", "--json"), ("login", "--ask"), ("login", "--with-key"), ("login", "--nonsense"), ("nonsense",)],
)
def test_wrong_usage_is_a_line_too(started: Any, arguments: tuple[str, ...]) -> None:
    code, last = started(*arguments).ended()
    assert (code, last["error"]["type"]) == (2, "ConfigurationError")
