"""What `logout --all`, `profiles --remove` and `wipe` print and ask, with a client that answers what the test says."""

import io
import json
import signal
import sys
from typing import Any

import pytest
from promptvm_oauth import LogoutResult, OAuthClient, ProfileError, StoreFailed, WipeResult
from promptvm_oauth.cli import main
from promptvm_oauth.cli.termination import Terminated, UnwoundBySignals
from promptvm_oauth.ports.events import LoggedOut, TokensRemoved

HOME = LogoutResult("home", removed=True, revoked=True, reason="")
AWAY = LogoutResult("away", removed=True, revoked=False, reason="the server\x1b is away")
STUCK = LogoutResult("stuck", False, True, "", StoreFailed("the keychain is gone", store="keychain"))
DAMAGED = LogoutResult("torn", True, False, "no server is known", ProfileError("torn.yaml is no YAML"))
WIPED = WipeResult((HOME, AWAY), ("/c/tokens/.master",), ("profile keys: it has an API key",))


class Client(OAuthClient):
    """Gives the answers and keeps what it was asked."""

    def __init__(self, *results: LogoutResult, wiped: WipeResult = WIPED) -> None:
        self.results = results
        self.wiped = wiped
        self.asked: list[tuple[str, bool]] = []

    def __call__(self, **_: Any) -> "Client":
        return self

    def logout_all(self, *, revoke: bool = True) -> tuple[LogoutResult, ...]:
        self.asked.append(("logout_all", revoke))
        return self.results

    def remove_profile(self, name: str, *, revoke: bool = True) -> LogoutResult:
        self.asked.append((name, revoke))
        return self.results[0]

    def list_profiles(self) -> tuple[()]:
        return ()

    def wipe(self, *, revoke: bool = True) -> WipeResult:
        self.asked.append(("wipe", revoke))
        return self.wiped

    def close(self) -> None:
        pass


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return not super().isatty()


def test_a_logout_of_all_tells_each_result_and_ends_with_the_worst_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["logout", "--all"], make_client=Client(HOME, AWAY, DAMAGED, STUCK)) == 5
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Signed out of profile home; its tokens were removed from this machine.",
        "The session at the server was ended.",
        "Signed out of profile away; its tokens were removed from this machine.",
        "The session at the server was not ended: the server is away.",
        "Profile torn: its tokens were removed, but torn.yaml is no YAML.",
        "The session at the server was not ended: no server is known.",
        "Profile stuck: its tokens may still be on this machine: keychain: the keychain is gone.",
        "The session at the server was ended.",
    ]


def test_a_logout_of_all_that_succeeds_ends_with_zero_and_can_keep_the_sessions() -> None:
    client = Client(HOME, AWAY)
    assert main(["logout", "--all", "--no-revoke"], make_client=client) == 0
    assert client.asked == [("logout_all", False)]


def test_a_logout_of_all_without_a_login_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logout", "--all"], make_client=Client()) == 0
    assert "No profile was signed in" in capsys.readouterr().err


def test_a_logout_of_all_as_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logout", "--all", "--json"], make_client=Client(HOME, STUCK)) == 5
    assert json.loads(capsys.readouterr().out) == {
        "profiles": [
            {"profile": "home", "removed": True, "revoked": True, "reason": None},
            {
                "profile": "stuck",
                "removed": False,
                "revoked": True,
                "reason": None,
                "problem": "keychain: the keychain is gone",
            },
        ]
    }


def test_one_profile_or_all_but_not_both() -> None:
    assert main(["logout", "--all", "--profile", "work"], make_client=Client()) == 2


@pytest.mark.parametrize(("options", "revoke"), [([], True), (["--no-revoke"], False)])
def test_a_removed_profile_ends_its_session_or_says_that_it_lives_on(
    options: list[str], revoke: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Client(AWAY)
    assert main(["profiles", "--remove", "away", *options], make_client=client) == 0
    assert client.asked == [("away", revoke)]
    assert "The session at the server was not ended: the server is away.\n" in capsys.readouterr().err


def test_removing_a_profile_without_tokens_says_nothing_of_a_session(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(LogoutResult("never", removed=False, revoked=False, reason="there was no session"))
    assert main(["profiles", "--remove", "never"], make_client=client) == 0
    assert "session" not in capsys.readouterr().err


def test_a_wipe_without_a_terminal_needs_yes(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client()
    assert main(["wipe"], make_client=client) == 2
    assert client.asked == []
    assert "pass --yes" in capsys.readouterr().err


@pytest.mark.parametrize("stdin", [None, Terminal()])
def test_a_wipe_asks_only_where_both_streams_are_terminals(stdin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if stdin is not None:
        stdin.close()
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["wipe"], make_client=Client()) == 2


@pytest.mark.parametrize(
    ("answer", "code"), [("yes\n", 0), (" YES \n", 0), ("y\n", 1), ("no\n", 1), ("", 1), ("\n", 1)]
)
def test_a_wipe_asks_at_a_terminal(answer: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    client, err = Client(), Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", err)
    assert main(["wipe"], make_client=client) == code
    assert client.asked == ([("wipe", True)] if code == 0 else [])
    assert "the tool promptvm too" in " ".join(err.getvalue().split())
    assert ("Nothing was removed." in err.getvalue()) == (code == 1)


def test_a_wipe_tells_what_was_removed_and_what_was_left(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client()
    assert main(["wipe", "--yes", "--no-revoke"], make_client=client) == 0
    assert client.asked == [("wipe", False)]
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "Removed /c/tokens/.master",
        "Left profile keys: it has an API key.",
    ]


def test_a_wipe_as_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wipe", "--yes", "--json"], make_client=Client(wiped=WipeResult((STUCK,), ("/a",), ("/b: why",)))) == 5
    answer = json.loads(capsys.readouterr().out)
    assert (answer["removed"], answer["left"]) == (["/a"], ["/b: why"])
    assert answer["profiles"][0]["problem"] == "keychain: the keychain is gone"


def test_signals_take_their_usual_course_until_tokens_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: dict[int, Any] = {signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_IGN}
    monkeypatch.setattr(signal, "getsignal", installed.__getitem__)
    monkeypatch.setattr(signal, "signal", installed.__setitem__)
    shown: list[object] = []
    with UnwoundBySignals() as signals:
        hear = signals.listener(shown.append)
        hear(LoggedOut("work", True))
        assert installed[signal.SIGTERM] is signal.SIG_DFL
        hear(TokensRemoved("work"))
        hear(TokensRemoved("home"))
        assert installed[signal.SIGHUP] is signal.SIG_IGN
        with pytest.raises(Terminated) as stopped:
            installed[signal.SIGTERM](signal.SIGTERM, None)
        assert stopped.value.number == signal.SIGTERM
    assert installed[signal.SIGTERM] is signal.SIG_DFL
    assert len(shown) == 3
