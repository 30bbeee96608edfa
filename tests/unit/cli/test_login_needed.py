"""`login --if-needed`: nothing happens while the login is live, and a login follows where it is not."""

import json
from typing import Any

import pytest
from attrs import evolve
from promptvm_oauth import (
    LoginResult,
    NoRefreshToken,
    NoTokensError,
    OAuthClient,
    RefreshRejected,
    State,
    Status,
    StoreLocked,
    TransportError,
)
from promptvm_oauth.cli import main
from promptvm_oauth.domain.tokens import TokenUser

ADA = TokenUser("usr_1", "ada@example.com", "Ada")
API = "https://api.promptvm.ai"
STATUS = Status("work", State.LIVE, ADA, "", None, True, "file", "", API, "oauth")
RESULT = LoginResult("work", ADA, None, None, "device", "file", "", True, None, API)


class Client(OAuthClient):
    """Has a login of some state."""

    def __init__(self, status: Status | Exception, failure: Exception | None = None) -> None:
        self._answer = status
        self._failure = failure
        self.did: list[str] = []

    def __call__(self, **_: Any) -> "Client":
        return self

    def status(self, profile: str | None = None, *, check: bool = False) -> Status:
        assert check
        self.did.append(f"status {profile}")
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def access_token(self, profile: str | None = None) -> str:
        self.did.append(f"token {profile}")
        if self._failure is not None:
            raise self._failure
        return "a token"

    def login(self, profile: str | None = None, **_: Any) -> LoginResult:
        self.did.append(f"login {profile}")
        return RESULT

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


def run(client: Client, *more: str) -> int:
    return main(["login", "--if-needed", "--profile", "work", *more], make_client=client)


def test_a_live_login_is_left_alone_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(STATUS)
    assert run(client) == 0
    assert client.did == ["status work"]
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"Already signed in as ada@example.com at {API}.\n")


@pytest.mark.parametrize("state", [State.SIGNED_OUT, State.REJECTED, State.EXPIRED])
def test_a_login_that_cannot_be_used_is_followed_by_another(state: State) -> None:
    client = Client(evolve(STATUS, state=state))
    assert run(client) == 0
    assert client.did == ["status work", "login work"]


def test_a_login_that_no_server_was_asked_about_counts_while_its_token_does(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(evolve(STATUS, state=State.UNVERIFIED))
    assert run(client) == 0
    assert client.did == ["status work", "token work"]
    assert capsys.readouterr().err.endswith("; the server could not be asked.\n")


@pytest.mark.parametrize(
    "error", [NoTokensError("none"), NoRefreshToken("none"), RefreshRejected("invalid_grant", "it was used")]
)
def test_an_unverified_login_without_a_token_is_followed_by_another(error: Exception) -> None:
    client = Client(evolve(STATUS, state=State.UNVERIFIED), error)
    assert run(client) == 0
    assert client.did[-1] == "login work"


def test_an_expired_login_at_a_server_that_cannot_be_reached_is_no_reason_for_another() -> None:
    client = Client(evolve(STATUS, state=State.UNVERIFIED), TransportError("refused"))
    assert run(client) == 4
    assert client.did == ["status work", "token work"]


def test_a_store_that_cannot_be_read_is_no_reason_either() -> None:
    client = Client(StoreLocked("the keychain is locked", store="keyring"))
    assert run(client) == 5
    assert client.did == ["status work"]


def test_a_live_login_in_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    run(Client(evolve(STATUS, user=None)), "--json")
    out, err = capsys.readouterr()
    assert json.loads(out) == {"profile": "work", "user": None, "state": "live"}
    assert err == ""


def test_in_ci_a_live_login_is_fine_and_another_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert run(Client(STATUS)) == 0
    client = Client(evolve(STATUS, state=State.SIGNED_OUT))
    assert run(client) == 2
    assert client.did == ["status work"]


def test_without_the_option_nothing_is_asked_before_the_login() -> None:
    client = Client(STATUS)
    assert main(["login"], make_client=client) == 0
    assert client.did == ["login None"]
