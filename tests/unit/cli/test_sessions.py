"""What `sessions` shows and ends, against a fake server."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from promptvm_oauth import OAuthClient, Session
from promptvm_oauth.cli import main
from promptvm_oauth.testing import FakePromptVM

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def promptvm() -> FakePromptVM:
    """A server on which two devices of the user are signed in; `desk` is the profile of this one."""
    promptvm = FakePromptVM()
    with OAuthClient(**promptvm.ports()) as client:
        client.login("elsewhere", device_name="laptop")
        client.login("desk", device_name="desk")
    return promptvm


@pytest.fixture
def run(promptvm: FakePromptVM, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def client(**given: Any) -> OAuthClient:
        return OAuthClient(**promptvm.ports(on_event=given["on_event"]))

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["sessions", "--profile", "desk", *arguments], make_client=client)
        out, err = capsys.readouterr()
        return code, out, err

    monkeypatch.setattr(time, "time", promptvm.clock.now)
    return call


def ids(promptvm: FakePromptVM) -> dict[str | None, str]:
    return {session.approval.device_name: session.id for session in promptvm.server.auth.live_sessions}


def test_the_session_of_this_login_is_marked_and_times_are_relative(promptvm: FakePromptVM, run: Run) -> None:
    promptvm.clock.advance(3 * 3600)
    _, out, err = run()
    assert err == ""
    ours, theirs = ids(promptvm)["desk"], ids(promptvm)["laptop"]
    assert [line for line in out.splitlines() if line.startswith("session ")] == [
        f"session    {theirs}",
        f"session    {ours} (this login)",
    ]
    assert "last used  just now\n" in out
    assert "since      3 h ago (" in out
    assert "expires    in 30 days (" in out


def test_the_list_as_json_marks_it_too(promptvm: FakePromptVM, run: Run) -> None:
    listed = json.loads(run("--json")[1])["sessions"]
    assert {each["id"]: each["current"] for each in listed} == {
        ids(promptvm)["desk"]: True,
        ids(promptvm)["laptop"]: False,
    }


def test_a_session_that_is_not_listed_is_not_said_to_be_ended(promptvm: FakePromptVM, run: Run) -> None:
    code, out, err = run("--end", "typo\x1b[2J")
    assert (code, out) == (1, "")
    assert err == "promptvm-auth: this account has no session 'typo [2J': nothing was ended\n"
    assert len(promptvm.server.auth.live_sessions) == 2
    assert json.loads(run("--end", "typo", "--json")[1])["error"]["exit_code"] == 1


def test_another_session_is_ended_by_its_id(promptvm: FakePromptVM, run: Run) -> None:
    theirs = ids(promptvm)["laptop"]
    assert run("--end", theirs) == (0, "", f"ended   {theirs}\ndevice  laptop\n")
    assert list(ids(promptvm)) == ["desk"]


def test_ending_the_own_session_says_what_is_left_here(promptvm: FakePromptVM, run: Run) -> None:
    code, _, err = run("--end", ids(promptvm)["desk"])
    assert code == 0
    assert "It was the session of this login; promptvm-auth logout removes its tokens" in err


def test_an_ended_session_as_json_is_one_object(promptvm: FakePromptVM, run: Run) -> None:
    theirs = ids(promptvm)["laptop"]
    code, out, err = run("--end", theirs, "--json")
    assert (code, json.loads(out), err) == (0, {"ended": theirs, "current": False}, "")


def test_an_account_without_sessions_says_so(promptvm: FakePromptVM, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> tuple[Session, ...]:
        return ()

    monkeypatch.setattr(OAuthClient, "sessions", none)
    assert run() == (0, "", "The server lists no session of this account.\n")


def test_what_the_server_does_not_say_is_left_out_and_what_is_no_time_is_shown_as_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = Session("ses_1", last_used_at="yesterday")

    def one(*_: object) -> tuple[Session, ...]:
        return (bare, evolve(bare, id="ses_2"))

    monkeypatch.setattr(OAuthClient, "sessions", one)
    assert run()[1] == "session    ses_1\nlast used  yesterday\n\nsession    ses_2\nlast used  yesterday\n"
