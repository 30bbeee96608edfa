"""A token is sent to the server that issued it, for the user whom the profile names, or not at all."""

from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import StoredTokens, UnboundTokens, WrongServer, WrongUser
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.domain.binding import Binding
from promptvm_oauth.testing import MemoryProfiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig

PAST = "2001-01-01T00:00:00Z"
HOUR = 3600.0
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("access_token", {}),
    ("refresh", {}),
    ("status", {"check": True}),
    ("logout", {}),
    ("sessions", {}),
]


class Bare(MemoryStore):
    """A store that keeps the three fields of the Go tool and drops all others."""

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        super().save(profile, {k: v for k, v in fields.items() if k in {"access_token", "refresh_token", "expires_at"}})


def attempt(rig: "Rig", method: str, options: dict[str, Any], **ports: Any) -> BaseException | None:
    """Calls a method; a refusal may be raised or told, but nothing may reach the server."""
    try:
        rig.call(method, client=rig.make(**ports), **options)
    except (WrongServer, WrongUser) as error:
        return error
    return None


@pytest.mark.parametrize(("method", "options"), CALLS)
@pytest.mark.parametrize("expires_at", [PAST, "2999-01-01T00:00:00Z"])
def test_unbound_tokens_without_a_profile_are_sent_nowhere(
    rig: "Rig", method: str, options: dict[str, Any], expires_at: str
) -> None:
    rig.store.save("default", {"access_token": "PA", "refresh_token": "PROD-REFRESH", "expires_at": expires_at})

    error = attempt(rig, method, options)

    assert not rig.server.log
    assert method == "logout" or isinstance(error, UnboundTokens)


@pytest.mark.parametrize(("method", "options"), CALLS)
def test_a_login_whose_profile_is_lost_is_not_sent_to_another_server(
    rig: "Rig", method: str, options: dict[str, Any]
) -> None:
    rig.call("login", flow="browser")
    sent = len(rig.server.log)

    error = attempt(rig, method, options, profiles=MemoryProfiles(), base_url="https://evil.test")

    assert len(rig.server.log) == sent
    assert method == "logout" or isinstance(error, WrongServer)


def test_a_login_whose_profile_is_lost_is_used_at_its_own_server(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)

    token = rig.call("access_token", client=rig.make(profiles=MemoryProfiles()))

    assert token == rig.fields()["access_token"]
    assert rig.server.count("token", grant_type="refresh_token") == 1


def test_saved_tokens_are_bound_to_the_server_of_the_client(rig: "Rig") -> None:
    tokens = StoredTokens("access", "refresh", None)
    rig.call("save_tokens", "work", tokens)

    for profiles in (rig.profiles, MemoryProfiles()):
        other = rig.make(base_url="https://evil.test", profiles=profiles)
        with pytest.raises(WrongServer):
            rig.call("refresh", "work", client=other)
        with pytest.raises(WrongServer):
            rig.call("access_token", "work", client=other)
    assert not rig.server.log
    (profile,) = rig.call("list_profiles")
    assert (profile.name, profile.base_url, profile.auth_type) == ("work", rig.server.base_url, "oauth")


def test_tokens_are_not_saved_over_a_login_at_another_server(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    before = dict(rig.fields("work"))

    with pytest.raises(WrongServer):
        rig.call("save_tokens", "work", StoredTokens("other"), client=rig.make(base_url="https://evil.test"))
    assert rig.fields("work") == before


def test_saved_tokens_of_a_profile_keep_what_it_says_but_for_the_expiry(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    before = dict(rig.profiles.load("work") or {})
    rig.call("save_tokens", "work", StoredTokens("other"))

    assert rig.profiles.load("work") == {name: text for name, text in before.items() if name != "expires_at"}
    found = Binding.read(rig.fields("work"))
    assert found == Binding(rig.server.base_url, user_id="usr_dev")


def test_saved_tokens_leave_the_profile_of_an_api_key_as_it_is(rig: "Rig") -> None:
    key = {
        "name": "work",
        "base_url": rig.server.base_url,
        "environment": "live",
        "api_key": "k",
        "auth_type": "api_key",
    }
    rig.profiles.save("work", key)
    rig.call("save_tokens", "work", StoredTokens("other"))

    assert rig.profiles.load("work") == key


def test_a_refresh_that_brings_another_users_tokens_stores_nothing(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", {name: rig.fields()[name] for name in ("access_token", "refresh_token", "expires_at")})
    before = dict(rig.fields())
    granted = {"access_token": "ada's", "token_type": "Bearer", "refresh_token": "ada's too", "user": {"id": "ada"}}
    rig.server.queue_fault("token", Answer(200, granted))
    rig.clock.advance(HOUR)

    with pytest.raises(WrongUser) as caught:
        rig.call("access_token")

    assert caught.value.needs_login
    assert "ada's" not in str(caught.value)
    assert rig.fields() == before


def test_a_binding_that_names_another_user_than_the_profile_is_refused(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    sent = len(rig.server.log)
    rig.profiles.save("default", dict(rig.profiles.load("default") or {}) | {"user_id": "someone-else"})

    for method in ("access_token", "refresh"):
        with pytest.raises(WrongUser):
            rig.call(method, client=rig.make())
    assert len(rig.server.log) == sent


def test_a_store_that_drops_the_binding_works_with_the_profile_alone(rig: "Rig") -> None:
    store = Bare()
    rig.call("login", flow="browser", client=rig.make(secrets=store))
    rig.clock.advance(HOUR)

    token = rig.call("access_token", client=rig.make(secrets=store))

    assert token == (store.load("default") or {})["access_token"]
    assert set(store.load("default") or {}) == {"access_token", "refresh_token", "expires_at"}


def test_a_refresh_binds_what_the_go_tool_wrote(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", {name: rig.fields()[name] for name in ("access_token", "refresh_token", "expires_at")})
    rig.clock.advance(HOUR)
    rig.call("access_token")

    found = Binding.read(rig.fields())
    assert found is not None
    assert (found.server, found.lifetime) == (rig.server.base_url, HOUR)
    assert found.granted_at == rig.clock.now()


def test_a_token_that_was_granted_in_the_future_is_renewed(rig: "Rig") -> None:
    class Ahead:
        def now(self) -> float:
            return rig.clock.now() + 7 * 86400

        def monotonic(self) -> float:
            return rig.clock.monotonic()

        async def sleep(self, seconds: float) -> None:
            await rig.clock.sleep(seconds)

    rig.call("login", flow="browser", client=rig.make(clock=Ahead()))
    rig.clock.advance(2 * HOUR)

    token = rig.call("access_token", client=rig.make())

    assert rig.server.count("token", grant_type="refresh_token") == 1
    assert token == rig.fields()["access_token"]
    assert rig.call("access_token", client=rig.make()) == token


def test_a_token_in_memory_is_not_sent_for_another_user_of_the_profile(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    client = rig.make()
    rig.call("sessions", "work", client=client)
    bobs = Binding(rig.server.base_url, user_id="bob").bound({"access_token": "bob's"})
    rig.store.save("work", bobs)
    profile = {name: text for name, text in (rig.profiles.load("work") or {}).items() if name != "expires_at"}
    rig.profiles.save("work", profile | {"user_id": "bob"})

    assert rig.call("status", "work", check=True, client=client).state == "rejected"  # bob's token is unknown there


def test_a_profile_without_a_base_url_is_compared_without_an_error(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    profile = {name: text for name, text in (rig.profiles.load("work") or {}).items() if name != "base_url"}
    rig.profiles.save("work", profile)

    with pytest.raises(WrongServer):
        rig.call("sessions", "work", client=rig.make())
