"""Programs whose standard streams are closed or absent: daemons, windowed programs, whoever closed their stdin."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import pytest
from attrs import evolve
from promptvm_oauth import AsyncOAuthClient, NothingToShowCode, OAuthClient, terminal_listener
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.adapters.system.terminal import is_terminal
from promptvm_oauth.cli.context import Context
from promptvm_oauth.cli.program import main
from promptvm_oauth.devserver.exchange import Reply
from promptvm_oauth.devserver.faults import Act
from promptvm_oauth.ports.events import ProblemNoticed
from promptvm_oauth.testing.promptvm import FakePromptVM


def closed() -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    """A stream whose descriptor somebody else has closed."""

    def isatty(self) -> bool:
        raise OSError(9, "Bad file descriptor")


class Log:
    """What Kivy, locust, QGIS, Maya and App Engine put in place of a stream."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Nothing to flush."""


class Bare:
    """An object that can do nothing of a stream but write."""

    encoding = "no such encoding"

    def __init__(self) -> None:
        self.written = ""

    def write(self, text: str) -> None:
        self.written += text


class Hostile(io.StringIO):
    """A terminal that raises on each write."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise AttributeError("fileno")

    def write(self, text: str) -> int:
        raise self.error


ODD: dict[str, Callable[[], Any]] = {
    "log": Log,
    "bare": Bare,
    "closed": closed,
    "none": lambda: None,
    "broken": Broken,
    "write: closed": lambda: Hostile(ValueError("I/O operation on closed file")),
    "write: OSError": lambda: Hostile(OSError(5, "Input/output error")),
    "write: anything": lambda: Hostile(RuntimeError("the window is gone")),
}
STREAMS = ["closed stdin", "closed stderr", "no stdin", "no stderr", "all closed", "none", *ODD]


def lose(monkeypatch: pytest.MonkeyPatch, streams: str) -> None:
    """Take standard streams away; from within the test, since pytest puts its own back before each."""
    for name in ("stdin", "stderr"):
        if streams in ODD:
            monkeypatch.setattr(sys, name, ODD[streams]())
            continue
        there = name not in streams and streams not in {"all closed", "none"}
        monkeypatch.setattr(sys, name, Terminal() if there else closed() if "closed" in streams else None)


@pytest.fixture
def directory(tmp_path: Path) -> str:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "default.yaml").write_text(
        "name: default\nbase_url: https://api.promptvm.ai\nenvironment: live\nauth_type: oauth\n"
    )
    tokens = {"access_token": "stored", "refresh_token": "r", "expires_at": "2999-01-01T00:00:00Z"}
    EncryptedFileStore(str(tmp_path)).save("default", tokens)
    return str(tmp_path)


@pytest.mark.parametrize(
    ("stream", "terminal"),
    [
        (Terminal(), True),
        (io.StringIO(), False),
        (closed(), False),
        (Broken(), False),
        (None, False),
        (Log(), False),
        (Bare(), False),
        (object(), False),
    ],
)
def test_only_an_open_terminal_is_one(stream: Any, terminal: bool) -> None:
    assert is_terminal(stream) is terminal


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize("secrets", ["auto", "file", "keyring", "memory"])
def test_a_client_is_made(directory: str, secrets: str, streams: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lose(monkeypatch, streams)
    with OAuthClient(config_dir=directory, secrets=secrets):
        pass


@pytest.mark.parametrize("streams", STREAMS)
def test_a_token_is_handed_out_and_profiles_are_listed(
    directory: str, streams: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(monkeypatch, streams)
    with OAuthClient(config_dir=directory, secrets="file") as client:
        assert client.access_token() == "stored"
        assert [profile.name for profile in client.list_profiles()] == ["default"]


@pytest.mark.parametrize("streams", ODD)
@pytest.mark.parametrize("colour", ["blocking", "asyncio"])
def test_no_odd_stream_stops_a_refresh_that_has_something_to_tell(
    streams: str, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    promptvm = FakePromptVM()
    ports = promptvm.ports()
    ports.pop("on_event", None)
    with OAuthClient(**ports) as client:
        client.login(flow="browser")
    promptvm.server.queue_fault("token", _UnusableRefreshToken())
    monkeypatch.setattr(sys, "stderr", ODD[streams]())
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler(sys.stderr))

    token = OAuthClient(**ports).refresh() if colour == "blocking" else asyncio.run(AsyncOAuthClient(**ports).refresh())
    assert token == promptvm.fields()["access_token"]


@pytest.mark.parametrize("streams", ODD)
def test_what_a_listener_raises_is_not_replaced_by_what_the_log_raises(
    streams: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listener(event: object) -> None:
        raise RuntimeError(str(event))

    promptvm = FakePromptVM()
    monkeypatch.setattr(sys, "stderr", ODD[streams]())
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler(sys.stderr))
    with OAuthClient(**promptvm.ports(on_event=listener)) as client:
        assert client.login(flow="browser").profile == "default"


@pytest.mark.parametrize("kind", [Log, Bare])
def test_an_object_with_write_alone_is_written_to(kind: Callable[[], Any]) -> None:
    stream = kind()
    terminal_listener(stream)(ProblemNoticed("work", "mind the gap \N{MINUS SIGN}"))
    Context(io.StringIO(), stream, None).write_message("and another")
    assert getattr(stream, "written", "") in {"", "Note: mind the gap \N{MINUS SIGN}\nand another\n"}


@pytest.mark.parametrize("streams", ODD)
def test_no_odd_stderr_changes_how_a_command_ends(
    directory: str, streams: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", ODD[streams]())
    assert main(["status", "--config-dir", directory, "--store", "file"]) == 0
    monkeypatch.setattr(sys, "stderr", ODD[streams]())
    assert main(["token", "--profile", "absent", "--config-dir", directory, "--store", "file"]) == 3
    monkeypatch.setattr(sys, "stderr", ODD[streams]())
    assert main(["profiles", "--remove", "default", "--no-revoke", "--config-dir", directory, "--store", "file"]) == 0


@pytest.mark.parametrize("streams", ["log", "bare", "closed", "none", "broken"])
def test_an_api_key_cannot_be_read_from_an_odd_stdin(
    directory: str, streams: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    err = io.StringIO()
    monkeypatch.setattr(sys, "stdin", ODD[streams]())
    monkeypatch.setattr(sys, "stderr", err)
    assert main(["login", "--with-key", "--profile", "keys", "--config-dir", directory, "--store", "file"]) == 2
    assert "defect" not in err.getvalue()


@pytest.mark.parametrize("streams", [name for name in ODD if name.startswith(("closed", "write"))])
def test_a_result_that_cannot_be_written_is_a_failure_and_no_defect(
    directory: str, streams: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    err = io.StringIO()
    monkeypatch.setattr(sys, "stdout", ODD[streams]())
    monkeypatch.setattr(sys, "stderr", err)
    assert main(["token", "--config-dir", directory, "--store", "file"]) == 1
    assert err.getvalue() in {
        "promptvm-auth: standard output is closed or cannot be written\n",
        "promptvm-auth: Input/output error\n",
    }


class _UnusableRefreshToken:
    """A fault: the server processes the refresh and issues a refresh token that no request can carry."""

    def strike(self, act: Act) -> Reply:
        reply = act()
        return evolve(reply, body=json.dumps(json.loads(reply.body) | {"refresh_token": "té"}).encode())


@pytest.mark.parametrize("missing", [closed(), None, Log()], ids=["closed", "none", "log"])
def test_a_device_login_that_has_nowhere_to_show_its_code_says_so(
    missing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", missing)
    ports = FakePromptVM().ports()
    ports.pop("on_event", None)
    with OAuthClient(**ports) as client, pytest.raises(NothingToShowCode):
        client.login(flow="device")


@pytest.mark.parametrize("missing", [closed(), None], ids=["closed", "none"])
def test_a_device_login_does_not_need_a_stdin(missing: TextIO | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", missing)
    with OAuthClient(**FakePromptVM().ports()) as client:
        assert client.login(flow="device").flow == "device"


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize("store", ["auto", "file"])
def test_the_command_prints_a_stored_token(
    directory: str, store: str, streams: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(monkeypatch, streams)
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["token", "--config-dir", directory, "--store", store]) == 0
    assert out.getvalue() == "stored\n"
