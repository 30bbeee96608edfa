"""A trace of every command against a server: it shows the requests, and nothing that opens an account."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from promptvm_oauth.devserver import DevServer, Settings, codes, devices, sessions

from .test_cli import Shell

LOOKS_SECRET = re.compile(r"(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{16,}")
"""Sixteen characters that a token could have, with a letter and a digit."""


@pytest.fixture
def settings() -> Settings:
    return Settings(device_interval=0.05)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns every token, code and id that the server will make."""
    made: list[str] = []

    def recording(make: Callable[..., str]) -> Callable[..., str]:
        def call(*arguments: object) -> str:
            made.append(make(*arguments))
            return made[-1]

        return call

    for module in (codes, devices, sessions):
        for name in ("random_text", "random_hex", "random_user_code"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, recording(getattr(module, name)))
    return made


@pytest.fixture
def shell(made: list[str], tmp_path: Path, dev_server: DevServer) -> Shell:
    shell = Shell(tmp_path, dev_server.base_url)
    shell.environ = {**shell.environ, "PROMPTVM_DEBUG": "1", "PROMPTVM_OAUTH_CLIENT_SECRET": "client-geheim-01"}
    return shell


def traced(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("trace ")]


def test_no_command_traces_a_secret(shell: Shell, dev_server: DevServer, made: list[str]) -> None:
    errs = [shell.login(flow, "--no-browser-open").stderr for flow in ("--device", "--browser")]
    session = dev_server.auth.live_sessions[0].id
    commands = [
        *(["status", "--check"], ["token"], ["refresh"], ["profiles"], ["sessions"], ["doctor", "--store", "file"]),
        *(["sessions", "--end", session], ["refresh"], ["logout"], ["token"], ["wipe", "--yes"]),
        ["login", "--device", "--base-url", "http://ada:geheim@127.0.0.1:9"],
    ]
    errs += [shell.run(*command).stderr for command in commands]

    lines = [line for err in errs for line in traced(err)]
    assert all(traced(err) for err in errs)
    assert len(made) > 10
    text = "\n".join(lines)
    assert [secret for secret in made if secret in text] == []
    assert [line for line in lines if LOOKS_SECRET.search(line)] == []
    assert [word for word in ("geheim", "ada", str(shell.home), "code=", "state=") if word in text] == []


def test_the_requests_of_a_login_are_traced_with_their_outcome(shell: Shell) -> None:
    lines = traced(shell.login("--device").stderr)
    assert any("event='DeviceCodeIssued'" in line for line in lines)
    (last,) = [line for line in lines if "device/token" in line and "status=200" in line]
    assert re.search(r" debug event='http_exchange' method='POST' url='http://127.0.0.1:\d+/\S+' seconds=0\.\d+ ", last)


def test_a_server_that_is_not_there_is_traced_with_the_cause(shell: Shell) -> None:
    lines = traced(shell.run("login", "--device", "--base-url", "http://127.0.0.1:9", "--timeout", "1").stderr)
    assert any("error='TransportError'" in line and "ConnectionRefusedError" in line for line in lines)
