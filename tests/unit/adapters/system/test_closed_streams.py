"""Programs whose standard streams are closed or absent: daemons, windowed programs, whoever closed their stdin."""

import io
import sys
from pathlib import Path
from typing import TextIO

import pytest
from promptvm_oauth import NothingToShowCode, OAuthClient
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.adapters.system.terminal import is_terminal
from promptvm_oauth.cli.program import main
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


STREAMS = ["closed stdin", "closed stderr", "no stdin", "no stderr", "all closed", "none"]


def lose(monkeypatch: pytest.MonkeyPatch, streams: str) -> None:
    """Take standard streams away; from within the test, since pytest puts its own back before each."""
    for name in ("stdin", "stderr"):
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
    [(Terminal(), True), (io.StringIO(), False), (closed(), False), (Broken(), False), (None, False)],
)
def test_only_an_open_terminal_is_one(stream: TextIO | None, terminal: bool) -> None:
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


@pytest.mark.parametrize("missing", [closed(), None], ids=["closed", "none"])
def test_a_device_login_that_has_nowhere_to_show_its_code_says_so(
    missing: TextIO | None, monkeypatch: pytest.MonkeyPatch
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
