"""Which profile a call without one is for: the active one, one that the client names, or none at all."""

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from promptvm_oauth import (
    AsyncOAuthClient,
    ConfigurationError,
    InvalidProfileName,
    OAuthClient,
    ProfileRequired,
    State,
    StoredTokens,
)
from promptvm_oauth.testing import FakePromptVM

if TYPE_CHECKING:
    from collections.abc import Callable

    from promptvm_oauth.adapters.profiles.memory import MemoryProfiles

    from .conftest import Rig

REDIRECT = "http://127.0.0.1:8000/callback"


def signed_in(rig: "Rig", client: OAuthClient | AsyncOAuthClient, *profiles: str) -> None:
    """Sign one person in to each profile, as the visitors of a web back end do."""
    for profile in profiles:
        pending = rig.call("begin_login", profile, redirect_uri=REDIRECT, client=client)
        rig.call("finish_login", pending, rig.visit(pending.authorize_url), client=client)


class NobodyActive:
    """A profile store whose active profile nobody may ask for or change."""

    def __init__(self, profiles: "MemoryProfiles") -> None:
        self._profiles = profiles

    def __getattr__(self, name: str) -> Any:
        if name in {"active", "activate"}:
            pytest.fail(f"the client used {name}")
        return getattr(self._profiles, name)


def for_many(rig: "Rig") -> OAuthClient | AsyncOAuthClient:
    """Make a client for many users, which may not know of an active profile."""
    return rig.make(default_profile=None, profiles=NobodyActive(rig.profiles))


CALLS: dict[str, "Callable[[Rig, Any], object]"] = {
    "access_token": lambda rig, client: rig.call("access_token", client=client),
    "refresh": lambda rig, client: rig.call("refresh", client=client),
    "with_auto_refresh": lambda rig, client: rig.call("with_auto_refresh", pytest.fail, client=client),
    "status": lambda rig, client: rig.call("status", client=client),
    "check": lambda rig, client: rig.call("status", check=True, client=client),
    "sessions": lambda rig, client: rig.call("sessions", client=client),
    "revoke_session": lambda rig, client: rig.call("revoke_session", "some", client=client),
    "login": lambda rig, client: rig.call("login", client=client),
    "begin_login": lambda rig, client: rig.call("begin_login", redirect_uri=REDIRECT, client=client),
    "logout": lambda rig, client: rig.call("logout", client=client),
    "load_tokens": lambda rig, client: rig.call("load_tokens", client=client),
    "auth": lambda _, client: client.auth(),
    "token_provider": lambda _, client: client.token_provider(),
    "azure_credential": lambda _, client: client.azure_credential(),
    "mcp_token_storage": lambda _, client: client.mcp_token_storage(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("key", [None, "pk_one:sk_one", "half"])
def test_a_client_for_many_users_refuses_a_call_that_names_none(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch, call: "Callable[[Rig, Any], object]", key: str | None
) -> None:
    if key is not None:
        monkeypatch.setenv("PROMPTVM_PUBLIC_KEY" if key == "half" else "PROMPTVM_API_KEY", key)
    client = for_many(rig)
    signed_in(rig, client, "alice", "bob")
    sent = len(rig.server.log)

    with pytest.raises(ProfileRequired, match="name the profile"):
        call(rig, client)

    assert len(rig.server.log) == sent


def test_nobody_is_given_the_token_of_the_last_visitor(rig: "Rig") -> None:
    client = for_many(rig)
    signed_in(rig, client, "alice", "bob")
    cookies: dict[str, str] = {}

    with pytest.raises(ProfileRequired):
        rig.call("access_token", cookies.get("session"), client=client)

    assert rig.call("access_token", "alice", client=client) == rig.fields("alice")["access_token"]
    assert rig.call("access_token", "bob", client=client) == rig.fields("bob")["access_token"]
    with pytest.raises(ProfileRequired):
        rig.call("access_token", cookies.get("session"), client=client)


def test_a_client_for_many_users_does_everything_for_the_one_that_is_named(rig: "Rig") -> None:
    client = for_many(rig)
    signed_in(rig, client, "alice", "bob")
    rig.call("login", "carol", client=client)

    assert rig.call("status", "alice", check=True, client=client).state is State.LIVE
    assert rig.call("refresh", "alice", client=client) == rig.call("access_token", "alice", client=client)
    assert rig.call("with_auto_refresh", _shown(rig), "bob", client=client) == rig.fields("bob")["access_token"]
    assert [summary.active for summary in rig.call("list_profiles", client=client)] == [False, False, False]
    tokens: StoredTokens = rig.call("load_tokens", "alice", client=client)
    rig.call("save_tokens", "bob", tokens, client=client)
    assert rig.call("logout", "alice", client=client).revoked
    rig.call("remove_profile", "carol", client=client)
    rig.call("delete_tokens", "bob", client=client)
    assert rig.profiles.active() == "default"


def test_no_profile_of_many_can_be_made_the_active_one(rig: "Rig") -> None:
    client = for_many(rig)
    signed_in(rig, client, "alice")

    with pytest.raises(ConfigurationError, match="default_profile=None"):
        rig.call("use_profile", "alice", client=client)


def test_a_request_of_a_visitor_is_signed_with_their_own_token(rig: "Rig") -> None:
    client = for_many(rig)
    signed_in(rig, client, "alice", "bob")
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer), auth=client.auth("alice")) as http:
        http.get(f"{rig.server.base_url}/api/v1/me")

    assert seen == [f"Bearer {rig.fields('alice')['access_token']}"]


def test_the_steps_of_a_login_need_no_profile(rig: "Rig") -> None:
    client = for_many(rig)

    issued = rig.call("request_device_code", client=client)
    rig.server.approve_device(issued.user_code)
    granted = rig.call("poll_device_token", issued.device_code, interval=issued.interval, client=client)
    renewed = rig.call("refresh_token", granted.refresh_token, client=client)

    assert renewed.access_token != granted.access_token


def test_the_profile_of_a_client_is_as_if_it_was_passed(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    rig.call("login", "home")
    client = rig.make(default_profile="work")
    monkeypatch.setenv("PROMPTVM_API_KEY", "pk_one:sk_one")

    assert rig.call("login", client=client).profile == "work"
    assert rig.call("access_token", client=client) == rig.fields("work")["access_token"]
    assert rig.call("status", client=client).profile == "work"
    rig.call("use_profile", "home", client=client)
    assert rig.call("access_token", client=client) == rig.fields("work")["access_token"]
    assert rig.call("refresh", client=client) == rig.fields("work")["access_token"]
    assert rig.call("logout", client=client).profile == "work"
    assert rig.call("access_token", "home", client=client) == rig.fields("home")["access_token"]
    assert rig.profiles.active() == "home"


def test_the_objects_for_other_libraries_are_for_the_profile_of_the_client() -> None:
    promptvm = FakePromptVM()
    with OAuthClient(**promptvm.ports(), default_profile="work") as client:
        client.login()
        promptvm.profiles.activate("home")

        assert client.token_provider()() == promptvm.fields("work")["access_token"]
        assert client.azure_credential().get_token("any").token == promptvm.fields("work")["access_token"]


@pytest.mark.parametrize("name", ["", "../x", "a b"])
@pytest.mark.parametrize("kind", [OAuthClient, AsyncOAuthClient])
def test_an_invalid_default_profile_is_refused_at_once(
    kind: type[OAuthClient] | type[AsyncOAuthClient], name: str
) -> None:
    with pytest.raises(InvalidProfileName):
        kind(secrets="memory", default_profile=name)


def test_a_client_without_more_uses_the_active_profile(rig: "Rig") -> None:
    rig.call("login", "work")

    for client in (rig.make(), rig.make(default_profile="active")):
        assert rig.call("status", client=client).profile == "work"


def _shown(rig: "Rig") -> Any:
    """Make a function of the rig's colour that gives the token that it is called with."""

    def shown_now(token: str) -> str:
        return token

    async def shown_later(token: str) -> str:
        return token

    return shown_now if rig.colour == "blocking" else shown_later
