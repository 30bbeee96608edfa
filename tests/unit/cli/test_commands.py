"""What login, status and logout print, with a client that answers what the test says."""

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from attrs import evolve
from promptvm_oauth import LoginResult, LogoutResult, OAuthClient, ProfileSummary, Secret, State, Status
from promptvm_oauth.cli import main
from promptvm_oauth.domain.tokens import TokenOrganization, TokenUser
from promptvm_oauth.ports.events import DeviceCodeIssued
from promptvm_oauth.testing import FakePromptVM

ADA = TokenUser("usr_1", "ada@example.com", "Ada")
ACME = TokenOrganization("org_1", "Acme", "acme")
NEXT_YEAR = datetime(2099, 11, 23, 16, 4, 30, tzinfo=UTC)

API = "https://api.promptvm.ai"
LOGIN = LoginResult("work", ADA, ACME, NEXT_YEAR, "device", "file", "it was asked for", True, None, API)
STATUS = Status(
    "work", State.LIVE, ADA, "org_1", NEXT_YEAR, True, "file", "it was asked for", "https://api.promptvm.ai", "oauth"
)


class Client(OAuthClient):
    """Gives one answer and keeps the arguments."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}
        self.given: dict[str, Any] = {}

    def __call__(self, **given: Any) -> "Client":
        self.given = given
        return self

    def login(self, profile: str | None = None, **asked: Any) -> LoginResult:
        self.asked = {"profile": profile, **asked}
        self.given["on_event"](DeviceCodeIssued("work", "WDJB-MJHT", "https://x.example", None, True, 600.0))
        return cast("LoginResult", self.answer)

    def status(self, profile: str | None = None, *, check: bool = False) -> Status:
        self.asked = {"profile": profile, "check": check}
        return cast("Status", self.answer)

    def logout(self, profile: str | None = None, *, revoke: bool = True) -> LogoutResult:
        self.asked = {"profile": profile, "revoke": revoke}
        return cast("LogoutResult", self.answer)

    def list_profiles(self) -> tuple[ProfileSummary, ...]:
        return () if isinstance(self.answer, Status) else cast("tuple[ProfileSummary, ...]", self.answer)

    def save_api_key(self, profile: str | None, key: str | Secret, *, check: bool = False) -> str:
        self.asked = {"profile": profile, "key": key, "check": check}
        return cast("str", self.answer)

    def close(self) -> None:
        pass


def run(answer: Any, *arguments: str) -> int:
    return main(arguments, make_client=Client(answer))


def test_login_passes_on_what_was_asked_for() -> None:
    client = Client(LOGIN)
    arguments = ["--profile", "work", "--browser", "--no-browser-open", "--timeout", "9", "--device-name", "desk"]
    assert main(["login", *arguments], make_client=client) == 0
    assert client.asked == {
        "profile": "work",
        "flow": "browser",
        "timeout": 9.0,
        "device_name": "desk",
        "open_browser": False,
        "remember": False,
    }


def test_login_chooses_the_flow_by_itself_unless_told() -> None:
    client = Client(LOGIN)
    main(["login"], make_client=client)
    assert client.asked["flow"] == "auto"
    assert client.asked["open_browser"] is True


def test_login_talks_on_standard_error_alone_even_where_that_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(LOGIN, "login")
    out, err = capsys.readouterr()
    assert out == ""
    assert "\nWDJB-MJHT\n" in err
    assert err.splitlines()[-3:] == [
        "Signed in as ada@example.com, Acme",
        "  at https://api.promptvm.ai, profile work",
        "  kept in an encrypted file, valid until 2099-11-23 16:04 UTC, then renewed",
    ]


def test_a_login_that_cannot_be_renewed_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    run(evolve(LOGIN, renewable=False), "login")
    assert "valid until 2099-11-23 16:04 UTC, then log in again" in capsys.readouterr().err
    run(evolve(LOGIN, renewable=False, expires_at=None), "login")
    assert "valid for an unknown time, then log in again" in capsys.readouterr().err


def test_a_login_as_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    run(LOGIN, "login", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "profile": "work",
        "user": {"id": "usr_1", "email": "ada@example.com", "name": "Ada"},
        "organization": {"id": "org_1", "name": "Acme", "slug": "acme"},
        "expires_at": "2099-11-23T16:04:30Z",
        "renewable": True,
        "flow": "device",
        "store": "file",
        "reason": "it was asked for",
    }


def test_a_login_without_user_or_organization_leaves_them_out(capsys: pytest.CaptureFixture[str]) -> None:
    run(evolve(LOGIN, user=None, organization=None), "login")
    assert "\nSigned in\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("state", "renewable", "code", "words"),
    [
        (State.LIVE, True, 0, "live"),
        (State.LIVE, False, 0, "live"),
        (State.EXPIRED, True, 0, "expired, renewed on next use"),
        (State.EXPIRED, False, 3, "expired, log in again"),
        (State.REJECTED, True, 3, "rejected by the server, log in again"),
        (State.UNVERIFIED, True, 0, "unverified"),
        (State.SIGNED_OUT, False, 3, "signed out"),
    ],
)
def test_the_exit_code_of_status_says_whether_it_takes_a_login(
    state: State, renewable: bool, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(evolve(STATUS, state=state, renewable=renewable), "status", "--profile", "work") == code
    out, err = capsys.readouterr()
    assert f"state         {words}\n" in out
    assert err == ("Sign in with: promptvm-auth login --profile work\n" if code else "")


def test_status_is_an_aligned_block_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    run(STATUS, "status")
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "profile",
        "state",
        "user",
        "organization",
        "expires",
        "store",
        "server",
    ]
    assert all(line[12:14] == "  " and line[14] != " " for line in lines)


def test_status_says_when_the_token_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=30, seconds=10)
    run(evolve(STATUS, expires_at=soon), "status")
    assert f"expires       in 30 min ({soon:%Y-%m-%d %H:%M} UTC)\n" in capsys.readouterr().out


def test_a_status_as_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(evolve(STATUS, state=State.SIGNED_OUT, user=None, expires_at=None), "status", "--json") == 3
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {
        "profile": "work",
        "state": "signed_out",
        "user": None,
        "organization": "org_1",
        "expires_at": None,
        "renewable": True,
        "store": "file",
        "store_reason": "it was asked for",
        "base_url": "https://api.promptvm.ai",
        "auth_type": "oauth",
    }


def test_check_asks_the_server() -> None:
    client = Client(STATUS)
    main(["status", "--check"], make_client=client)
    assert client.asked == {"profile": None, "check": True}


def test_what_others_wrote_is_shown_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    run(evolve(STATUS, user=TokenUser("u", "\x1b]0;owned\x07ada\r\n@x"), organization="o\x9b2J"), "status")
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())


def test_logout_says_what_was_removed_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(LogoutResult("work", removed=True, revoked=True, reason=""), "logout") == 0
    assert capsys.readouterr() == (
        "",
        "Signed out of profile work; its tokens were removed from this machine.\n"
        "The session at the server was ended.\n",
    )


def test_logout_says_why_a_session_was_not_ended_and_is_still_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(LogoutResult("work", removed=True, revoked=False, reason="the server\x1b is away"), "logout") == 0
    assert "The session at the server was not ended: the server is away.\n" in capsys.readouterr().err


def test_logout_of_nobody_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(LogoutResult("work", removed=False, revoked=False, reason="there was no session"), "logout") == 0
    assert "was not signed in" in capsys.readouterr().err


def test_no_revoke_leaves_the_server_alone() -> None:
    client = Client(LogoutResult("work", removed=True, revoked=False, reason="it was asked not to be"))
    main(["logout", "--no-revoke"], make_client=client)
    assert client.asked == {"profile": None, "revoke": False}


def test_a_logout_as_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    run(LogoutResult("work", removed=True, revoked=True, reason=""), "logout", "--json")
    expected = {"profile": "work", "removed": True, "revoked": True, "reason": None}
    assert json.loads(capsys.readouterr().out) == expected


def test_dev_server_passes_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    served: dict[str, Any] = {}

    def serve(**options: Any) -> int:
        served.update(options)
        return 7

    monkeypatch.setattr("promptvm_oauth.cli.dev_server.serve", serve)
    arguments = ["--port", "0", "--access-token-lifetime", "2", "--slow-downs", "3", "--no-rotation"]
    assert main(["dev-server", *arguments]) == 7
    assert served["port"] == 0
    settings = served["settings"]()
    assert (settings.access_token_lifetime, settings.slow_downs, settings.rotation) == (2.0, 3, False)


def test_login_passes_on_ports_and_what_is_to_be_remembered() -> None:
    client = Client(LOGIN)
    assert main(["login", "--paste", "--port", "18623", "--port", "18624", "--remember"], make_client=client) == 0
    assert (client.asked["flow"], client.asked["remember"]) == ("paste", True)
    assert client.given["callback_ports"] == (18623, 18624)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", ""])
def test_an_invalid_port_is_wrong_usage(port: str) -> None:
    assert run(LOGIN, "login", "--port", port) == 2


URL = "https://api.promptvm.ai"
LISTED = (
    ProfileSummary("home", False, URL, "oauth", "ada@example.com", signed_in=True),
    ProfileSummary("keys", False, URL, "api_key", signed_in=True),
    ProfileSummary("left", False, URL, "oauth", "bob@example.com", signed_in=False),
    ProfileSummary("gone", False, URL, "oauth", signed_in=False),
    ProfileSummary("odd", False, URL, "oauth", "eve@example.com"),
    ProfileSummary("new", True, URL, signed_in=False),
    ProfileSummary("torn", False, problem="torn.yaml is no YAML"),
)


def test_the_list_says_who_is_signed_in_and_who_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(LISTED, "profiles") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"  home  ada@example.com {URL}",
        f"  keys  api key {URL}",
        f"  left  signed out, was bob@example.com {URL}",
        f"  gone  signed out {URL}",
        f"  odd   eve@example.com, perhaps signed out {URL}",
        f"* new   not signed in {URL}",
        "  torn  torn.yaml is no YAML",
    ]


def test_the_names_alone_are_one_a_line_and_none_that_a_shell_would_expand(capsys: pytest.CaptureFixture[str]) -> None:
    assert run((*LISTED[:2], ProfileSummary("$(reboot)", False)), "profiles", "--names") == 0
    assert capsys.readouterr() == ("home\nkeys\n", "")
    assert run((), "profiles", "--names") == 0
    assert capsys.readouterr() == ("", "")


def test_the_list_as_json_says_who_is_signed_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(LISTED, "profiles", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["profiles"]
    assert [profile["signed_in"] for profile in listed] == [True, True, False, False, None, False, None]


def test_the_status_says_that_no_profile_is_active(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = evolve(STATUS, profile="", state=State.SIGNED_OUT, user=None, organization="", expires_at=None)
    assert run(nobody, "status") == 3
    assert capsys.readouterr().out.splitlines()[:2] == ["profile  none is active", "state    signed out"]


def test_the_status_without_an_active_profile_names_those_that_are_signed_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    promptvm = FakePromptVM()

    def client(**given: Any) -> OAuthClient:
        return OAuthClient(**promptvm.ports(on_event=given["on_event"]))

    with OAuthClient(**promptvm.ports()) as signing_in:
        signing_in.login("home")
        signing_in.login("work")
        signing_in.logout("work")
    assert main(["status"], make_client=client) == 3
    assert capsys.readouterr().err.splitlines() == [
        "Signed in are: home",
        "Use one with: promptvm-auth profiles --use NAME",
        "Sign in with: promptvm-auth login",
    ]


def test_a_second_logout_names_the_profiles_and_signs_nobody_out(capsys: pytest.CaptureFixture[str]) -> None:
    promptvm = FakePromptVM()

    def client(**given: Any) -> OAuthClient:
        return OAuthClient(**promptvm.ports(on_event=given["on_event"]))

    with OAuthClient(**promptvm.ports()) as signing_in:
        signing_in.login("default")
        signing_in.login("work")
    assert main(["logout"], make_client=client) == 0
    capsys.readouterr()

    assert main(["logout", "--json"], make_client=client) == 3

    out, err = capsys.readouterr()
    assert err.splitlines()[0] == "promptvm-auth: no profile is active: name one of default, work, or log in"
    assert json.loads(out)["error"] == {
        "type": "NoActiveProfile",
        "message": "no profile is active: name one of default, work, or log in",
        "exit_code": 3,
        "retryable": False,
        "needs_login": True,
        "next_step": "log in",
    }
    assert len(promptvm.server.auth.live_sessions) == 1


class Stdin(io.StringIO):
    def __init__(self, text: str, *, terminal: bool = False) -> None:
        super().__init__(text)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("option", ["--with-key", "--with-api-key"])
def test_an_api_key_is_read_from_standard_input_checked_and_not_shown(
    option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    client = Client("ci")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "ci.yaml").touch()
    monkeypatch.setattr(sys, "stdin", Stdin(" pk_1:sk_2\r\n"))
    arguments = ["login", option, "--profile", "ci", "--config-dir", str(tmp_path)]
    assert main(arguments, make_client=client) == 0
    assert client.asked == {"profile": "ci", "key": "pk_1:sk_2", "check": True}
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"profile  ci\nstored   an API key; the server accepts it\nfile     {tmp_path / 'profiles' / 'ci.yaml'}\n"
        "The file has the key in plain text; only your user can read it (mode 0600).\n"
    )


def test_the_check_of_an_api_key_can_be_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Client("ci")
    monkeypatch.setattr(sys, "stdin", Stdin("pvk_x"))
    assert main(["login", "--with-key", "--no-check", "--json"], make_client=client) == 0
    assert client.asked == {"profile": None, "key": "pvk_x", "check": False}
    assert json.loads(capsys.readouterr().out) == {"profile": "ci", "auth_type": "api_key", "file": None}
    monkeypatch.setattr(sys, "stdin", Stdin("pvk_x"))
    main(["login", "--with-key", "--no-check"], make_client=client)
    assert "an API key; not checked" in capsys.readouterr().err


def test_an_api_key_is_not_typed_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Client("ci")
    monkeypatch.setattr(sys, "stdin", Stdin("pvk_x\n", terminal=True))
    assert main(["login", "--with-key"], make_client=client) == 2
    assert client.asked == {}
    assert "promptvm-auth login --with-key < FILE" in capsys.readouterr().err


def test_without_a_standard_input_there_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client("ci")
    monkeypatch.setattr(sys, "stdin", None)
    main(["login", "--with-key"], make_client=client)
    assert client.asked["key"] == ""


def test_a_key_is_no_argument_and_no_flow() -> None:
    assert main(["login", "--with-key", "--device"], make_client=Client("ci")) == 2
    assert main(["login", "--with-key", "pk_1:sk_2"], make_client=Client("ci")) == 2
