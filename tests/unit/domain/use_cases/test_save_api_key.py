"""An API key is stored in a profile as the Go tool stores it, and never over a login."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import (
    ConfigurationError,
    InvalidProfileName,
    LockTimeout,
    ProfileRequired,
    Secret,
    ServerUnavailable,
    State,
)
from promptvm_oauth.domain.use_cases.save_api_key import MAX_KEY
from promptvm_oauth.ports.http import HttpResponse

if TYPE_CHECKING:
    from typing import Any

    from promptvm_oauth.ports.http import HttpRequest

    from .conftest import Rig

API = "https://api.promptvm.ai"


class Answering:
    """An `Http` port that answers each request with one status, and keeps the requests."""

    def __init__(self, status: int) -> None:
        self.requests: list[HttpRequest] = []
        self.status = status

    async def send(self, request: "HttpRequest") -> HttpResponse:
        self.requests.append(request)
        return HttpResponse(self.status)

    async def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("pk_1:sk_2", {"public_key": "pk_1", "secret_key": "sk_2"}),
        (Secret("pvk_single"), {"api_key": "pvk_single"}),
        ("a:b", {"api_key": "a:b"}),
    ],
    ids=["a pair", "a single key", "another text with a colon"],
)
def test_a_key_is_stored_as_the_go_tool_stores_it(rig: "Rig", key: str | Secret, fields: dict[str, str]) -> None:
    assert rig.call("save_api_key", "ci", key, client=rig.make(base_url=None, app_url=None)) == "ci"

    assert dict(rig.profiles.load("ci") or {}) == {
        "name": "ci",
        "base_url": API,
        "environment": "live",
        "auth_type": "api_key",
        **fields,
    }
    assert rig.profiles.active() == "ci"


def test_the_key_is_used_from_then_on(rig: "Rig") -> None:
    rig.call("save_api_key", None, "pk_1:sk_2")

    assert rig.call("access_token") == "pk_1:sk_2"
    status = rig.call("status")
    assert (status.profile, status.auth_type, status.state) == ("default", "api_key", State.UNVERIFIED)
    assert rig.server.log == ()


def test_a_key_replaces_a_key_at_the_same_server(rig: "Rig") -> None:
    rig.profiles.save("ci", {"api_key": "old", "base_url": "https://staging-api.promptvm.ai"})

    rig.call("save_api_key", "ci", "pk_1:sk_2", client=rig.make(base_url=None, app_url=None))

    assert dict(rig.profiles.load("ci") or {}) == {
        "name": "ci",
        "base_url": "https://staging-api.promptvm.ai",
        "environment": "staging",
        "auth_type": "api_key",
        "public_key": "pk_1",
        "secret_key": "sk_2",
    }


def test_a_key_is_not_stored_over_a_login(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")

    with pytest.raises(ConfigurationError, match="log out of it first"):
        rig.call("save_api_key", "work", "pk_1:sk_2")

    assert rig.call("access_token", "work") == rig.fields("work")["access_token"]
    rig.call("logout", "work")
    rig.call("save_api_key", "work", "pk_1:sk_2")
    assert rig.call("access_token", "work") == "pk_1:sk_2"
    assert "user_email" not in (rig.profiles.load("work") or {})


@pytest.mark.parametrize(
    "key",
    ["", " ", "a b", "a\r\nX-Evil: 1", "clé", "pk_1", "sk_1", "pk_1:", "pk_1:sk_2:x", "x" * (MAX_KEY + 1)],
)
def test_what_is_no_key_is_refused_and_not_repeated(rig: "Rig", key: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        rig.call("save_api_key", "ci", key)

    assert len(key) < 4 or key not in str(refused.value)
    assert rig.profiles.load("ci") is None
    assert rig.profiles.active() == "default"


def test_the_longest_key_is_stored(rig: "Rig") -> None:
    rig.call("save_api_key", "ci", "x" * MAX_KEY)
    assert rig.call("access_token", "ci") == "x" * MAX_KEY


def test_an_invalid_name_stores_nothing(rig: "Rig") -> None:
    with pytest.raises(InvalidProfileName):
        rig.call("save_api_key", "../x", "pk_1:sk_2")


@pytest.mark.parametrize("recorded", [False, True])
def test_a_standard_server_takes_no_key(rig: "Rig", recorded: bool) -> None:
    client = rig.client
    if recorded:
        rig.profiles.save(
            "ci", {"issuer": "https://id.example.test", "client_id": "c", "base_url": "https://id.example.test"}
        )
    else:
        client = rig.make(base_url=None, app_url=None, issuer="https://id.example.test", client_id="c")
    with pytest.raises(ConfigurationError, match=r"id\.example\.test"):
        rig.call("save_api_key", "ci", "pk_1:sk_2", client=client)


def test_a_client_for_many_users_stores_it_under_a_name_and_makes_nothing_active(rig: "Rig") -> None:
    client = rig.make(default_profile=None)
    with pytest.raises(ProfileRequired):
        rig.call("save_api_key", None, "pk_1:sk_2", client=client)
    assert rig.call("save_api_key", "alice", "pk_1:sk_2", client=client) == "alice"
    assert rig.profiles.active() == "default"


def test_a_profile_whose_lock_is_held_is_not_written(rig: "Rig") -> None:
    class Held:
        def hold(self, profile: str, *, timeout: float) -> "Any":
            raise LockTimeout("another holder")

    with pytest.raises(LockTimeout):
        rig.call("save_api_key", "ci", "pk_1:sk_2", client=rig.make(lock=Held()))
    assert rig.profiles.load("ci") is None


@pytest.mark.parametrize("key", ["pk_1:sk_2", "pvk_single"])
def test_a_key_that_the_server_accepts_is_stored_after_the_check(rig: "Rig", key: str) -> None:
    sent = Answering(200)
    assert rig.call("save_api_key", "ci", key, check=True, client=rig.make(http=sent)) == "ci"
    (request,) = sent.requests
    assert (request.method, request.url) == ("GET", f"{rig.server.base_url}/api/v1/me")
    pair = {"X-PromptVM-Public-Key": "pk_1", "X-PromptVM-Secret-Key": "sk_2"}
    wanted = pair if ":" in key else {"Authorization": f"Bearer {key}"}
    assert {name: request.headers[name] for name in wanted} == wanted
    assert rig.profiles.load("ci")


def test_a_key_that_may_not_know_whose_it_is_is_accepted(rig: "Rig") -> None:
    rig.call("save_api_key", "ci", "pvk_x", check=True, client=rig.make(http=Answering(403)))
    assert rig.profiles.load("ci")


def test_a_key_that_the_server_refuses_is_not_stored(rig: "Rig") -> None:
    with pytest.raises(ConfigurationError, match=r"does not accept this API key .*; nothing was stored") as raised:
        rig.call("save_api_key", "ci", "pvk_secret", check=True, client=rig.make(http=Answering(401)))
    assert "pvk_secret" not in str(raised.value)
    assert rig.profiles.load("ci") is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_key_that_could_not_be_checked_is_not_stored(rig: "Rig", status: int) -> None:
    with pytest.raises(ServerUnavailable, match=f"could not check this API key .HTTP status {status}.; nothing was"):
        rig.call("save_api_key", "ci", "pvk_x", check=True, client=rig.make(http=Answering(status)))
    assert rig.profiles.load("ci") is None


@pytest.mark.parametrize("key", ["pvm_at_abc", "pvm_rt_abc", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJh.eyJz."])
def test_the_token_of_a_login_is_no_api_key(rig: "Rig", key: str) -> None:
    with pytest.raises(ConfigurationError, match="a token of a login and no API key"):
        rig.call("save_api_key", "ci", key)
    assert rig.profiles.load("ci") is None
