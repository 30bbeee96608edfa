"""A login in a CI job, where nobody can answer it: it is refused before anything is asked."""

import io
import sys
from pathlib import Path

import pytest
from promptvm_oauth.cli import main

from .test_commands import LOGIN, Client


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")


def login(tmp_path: Path, *words: str) -> tuple[int, bool]:
    """Returns the exit code, and whether a client was built."""
    client = Client(LOGIN)
    code = main(["login", "--config-dir", str(tmp_path), *words], make_client=client)
    return code, bool(client.given)


def test_a_login_that_names_no_flow_is_refused_and_the_variables_of_a_script_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert login(tmp_path) == (2, False)
    told = " ".join(capsys.readouterr().err.split())
    of_a_key = {"PROMPTVM_PUBLIC_KEY", "PROMPTVM_SECRET_KEY", "PROMPTVM_API_KEY"}
    assert {name for name in {*of_a_key, "CI", "PROMPTVM_HEADLESS", "--device"} if name not in told} == set()


@pytest.mark.parametrize("words", [("--device",), ("--browser",), ("--paste",), ("--json",)])
def test_whoever_names_a_flow_or_is_a_program_is_not_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert login(tmp_path, *words) == (0, True)


def test_a_headless_login_is_not_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTVM_HEADLESS", "1")
    assert login(tmp_path) == (0, True)


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_a_variable_that_is_off_is_no_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CI", value)
    assert login(tmp_path) == (0, True)


def test_at_a_terminal_somebody_can_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert login(tmp_path) == (0, True)


@pytest.mark.parametrize("closed", [True, False])
def test_a_stream_that_cannot_be_asked_is_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    stream = Terminal()
    if closed:
        stream.close()
        monkeypatch.setattr(Terminal, "isatty", io.StringIO.isatty)
    monkeypatch.setattr(sys, "stderr", stream if closed else None)
    assert login(tmp_path) == (2, False)
