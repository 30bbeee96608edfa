"""What `-v` and PROMPTVM_DEBUG write, without a server and a process; tests/system/cli/test_trace.py has both."""

import logging
import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from promptvm_oauth import OAuthClient, TransportError
from promptvm_oauth.cli import main
from promptvm_oauth.cli.screen.surroundings import Surroundings
from promptvm_oauth.cli.variables import VARIABLES
from promptvm_oauth.testing import FakePromptVM

LINE = re.compile(r"trace \d\d:\d\d:\d\d\.\d{3} (.+)")

Run = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture
def promptvm() -> FakePromptVM:
    return FakePromptVM()


@pytest.fixture
def run(promptvm: FakePromptVM, capsys: pytest.CaptureFixture[str]) -> Run:
    """Returns what runs a command: its exit code, the lines of its trace without their times, and all other lines."""

    def client(**given: Any) -> OAuthClient:
        return OAuthClient(**promptvm.ports(on_event=given["on_event"]))

    def call(*arguments: str) -> tuple[int, list[str], list[str]]:
        code = main(arguments, make_client=client)
        lines = capsys.readouterr().err.splitlines()
        traced = [match.group(1) for line in lines if (match := LINE.fullmatch(line))]
        return code, traced, [line for line in lines if not line.startswith("trace")]

    return call


def test_a_trace_begins_with_the_program_and_the_machine_and_has_the_entries_of_the_log(run: Run) -> None:
    code, traced, others = run("login", "--profile", "work", "-v")
    assert code == 0
    assert traced[0] == "promptvm-auth login, options: profile, verbose"
    assert traced[1].startswith("promptvm-oauth ")
    assert traced[2].startswith("Python 3.")
    assert traced[3].startswith("variables that are set: ")
    assert any(line.startswith("info event='LoggedIn' profile='work' flow=") for line in traced)
    assert traced[-1].startswith("ended after ")
    assert any("ada@example.com" in line for line in others)
    assert not any("ada@example.com" in line for line in traced)


@pytest.mark.parametrize("arguments", [["-v", "status"], ["--verbose", "status"], ["status", "-v"]])
def test_the_option_may_stand_before_the_command(run: Run, arguments: list[str]) -> None:
    assert run(*arguments)[1][0].startswith("promptvm-auth status, ")


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("yes", True), ("", False), ("0", False), ("off", False)])
def test_the_variable_asks_for_it_too(run: Run, value: str, wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTVM_DEBUG", value)
    assert bool(run("status")[1]) is wanted


def test_without_either_nothing_is_traced(run: Run) -> None:
    assert run("status")[1] == []


def test_variables_are_shown_by_their_names_and_without_their_values(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", *VARIABLES["The login"]):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROMPTVM_API_KEY", "pvk_geheim")
    monkeypatch.setenv("https_proxy", "http://ada:geheim@proxy.test")
    _, traced, _ = run("status", "-v")
    assert traced[3] == "variables that are set: PROMPTVM_API_KEY, HTTPS_PROXY"
    assert "geheim" not in "".join(traced)


def test_an_error_is_shown_by_its_type_and_place_and_with_its_causes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        try:
            raise ConnectionRefusedError(111, "geheim")
        except OSError as error:
            raise TransportError("refused") from error

    monkeypatch.setattr(OAuthClient, "status", fail)
    code, traced, others = run("status", "-v")
    assert code == 4
    assert "raised TransportError" in traced
    assert "because of ConnectionRefusedError, errno 111" in traced
    assert any(re.fullmatch(r"  cli/test_trace\.py:\d+ fail", line) for line in traced)
    assert "geheim" not in "".join(traced + others)


def test_a_defect_is_located_without_its_text(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("geheim")

    monkeypatch.setattr(OAuthClient, "status", fail)
    code, traced, others = run("status", "-v")
    assert code == 1
    assert "raised ValueError" in traced
    assert "geheim" not in "".join(traced + others)


@pytest.mark.parametrize("option", ["-v", "--json"])
def test_the_screen_of_a_login_is_plain_beside_a_trace(run: Run, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def look(_: object, *, plain: bool) -> Surroundings:
        asked.append(plain)
        return Surroundings()

    monkeypatch.setattr("promptvm_oauth.cli.screen.options.look_at", look)
    assert run("login", option)[0] == 0
    assert asked == [option == "-v"]


def test_the_logger_is_left_as_it_was(run: Run) -> None:
    log = logging.getLogger("promptvm_oauth")
    before = (log.level, log.propagate, list(log.handlers))
    run("status", "-v")
    assert (log.level, log.propagate, list(log.handlers)) == before


def test_a_trace_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def client(**_: Any) -> OAuthClient:
        return OAuthClient(**FakePromptVM().ports())

    with open(os.devnull, "w", encoding="utf-8") as closed:
        pass
    monkeypatch.setattr("sys.stderr", closed)
    assert main(["status", "-v"], make_client=client) == 3
