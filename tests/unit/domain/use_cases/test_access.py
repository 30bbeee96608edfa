from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import (
    IncompleteKeyPair,
    NoRefreshToken,
    NoTokensError,
    RefreshRejected,
    ServerUnavailable,
    TokensNotSaved,
    TransportError,
    WrongServer,
)
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer, Drop
from promptvm_oauth.ports.errors import StoreFailed
from promptvm_oauth.ports.events import Refreshed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig

HOUR = 3600.0


def refreshes(rig: "Rig") -> int:
    return rig.server.count("token", grant_type="refresh_token")


def test_a_fresh_token_comes_from_memory_without_the_store(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    first = rig.call("access_token")
    rig.store.delete("default")

    assert rig.call("access_token") == first


def test_a_fresh_token_comes_from_the_store_without_a_request(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    before = len(rig.server.log)

    assert rig.call("access_token", client=rig.make()) == rig.fields()["access_token"]
    assert len(rig.server.log) == before


def test_an_expired_token_is_refreshed_once_and_stored_before_it_is_used(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    old = dict(rig.fields())
    rig.clock.advance(HOUR)

    token = rig.call("access_token")

    assert token != old["access_token"]
    assert rig.fields()["access_token"] == token
    assert rig.fields()["refresh_token"] != old["refresh_token"]
    assert rig.call("access_token") == token
    assert refreshes(rig) == 1
    assert any(isinstance(event, Refreshed) for event in rig.events)


def test_a_token_is_renewed_five_minutes_before_it_expires_and_not_earlier(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR - 301)
    rig.call("access_token", client=rig.make())
    assert refreshes(rig) == 0

    rig.clock.advance(1)
    rig.call("access_token", client=rig.make())
    assert refreshes(rig) == 1


def test_a_token_of_unknown_lifetime_is_renewed_a_minute_before_it_expires_and_not_earlier(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    unbound = {name: rig.fields()[name] for name in ("access_token", "refresh_token", "expires_at")}
    rig.store.save("default", unbound)
    rig.clock.advance(HOUR - 61)
    rig.call("access_token", client=rig.make())
    assert refreshes(rig) == 0

    rig.clock.advance(1)
    rig.call("access_token", client=rig.make())
    assert refreshes(rig) == 1


def test_a_new_process_uses_a_short_lived_token_until_it_is_nearly_over(rig: "Rig") -> None:
    rig.server.settings.access_token_lifetime = 60
    rig.call("login", flow="browser")
    for _ in range(53):
        rig.call("access_token", client=rig.make())
        rig.clock.advance(1)
    assert refreshes(rig) == 0

    rig.clock.advance(2)
    rig.call("access_token", client=rig.make())
    assert refreshes(rig) == 1


def test_the_refresh_keeps_the_profiles_expiry_in_step_with_the_stores(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    rig.call("access_token")

    assert (rig.profiles.load("default") or {})["expires_at"] == rig.fields()["expires_at"]


def test_an_answer_without_a_refresh_token_keeps_the_old_one(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    old = rig.fields()["refresh_token"]
    rig.server.settings.omit_refresh_token = True
    rig.clock.advance(HOUR)
    rig.call("access_token")

    assert rig.fields()["refresh_token"] == old


def test_fields_of_somebody_else_survive_a_refresh(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", {**rig.fields(), "someone": "else"})
    rig.clock.advance(HOUR)
    rig.call("access_token")

    assert rig.fields()["someone"] == "else"


def test_a_dead_refresh_token_asks_for_a_login_and_keeps_what_is_stored(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    before = dict(rig.fields())
    rig.clock.advance(HOUR)
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))

    with pytest.raises(RefreshRejected) as caught:
        rig.call("access_token")

    assert caught.value.needs_login
    assert dict(rig.fields()) == before


def test_after_invalid_grant_the_winner_of_a_race_is_adopted(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)

    class Racing(MemoryStore):
        """Another process stores a fresh pair after the second look and before the answer."""

        loads = 0

        def load(self, profile: str) -> "Mapping[str, str] | None":
            self.loads += 1
            fields = rig.store.load(profile)
            winner = {"access_token": "winner", "refresh_token": "r", "expires_at": "2999-01-01T00:00:00Z"}
            if self.loads <= 2:
                return fields
            if self.loads > 4:  # the profile is written last
                rig.profiles.save(
                    profile, dict(rig.profiles.load(profile) or {}) | {"expires_at": winner["expires_at"]}
                )
            return winner

    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))

    assert rig.call("access_token", client=rig.make(secrets=Racing())) == "winner"


@pytest.mark.parametrize("fault", [Drop(), Answer(503, b"busy"), Answer(429, b""), Answer(500, b"<html>")])
def test_an_unreachable_server_keeps_the_session(rig: "Rig", fault: Drop | Answer) -> None:
    rig.call("login", flow="browser")
    before = dict(rig.fields())
    rig.clock.advance(HOUR)
    rig.server.queue_fault("token", fault)

    with pytest.raises((TransportError, ServerUnavailable)) as caught:
        rig.call("access_token")

    assert caught.value.retryable
    assert not caught.value.needs_login
    assert dict(rig.fields()) == before
    assert rig.call("access_token")


def test_a_token_that_cannot_be_saved_is_carried_by_the_error(rig: "Rig") -> None:
    class ReadOnly(MemoryStore):
        def load(self, profile: str) -> "Mapping[str, str] | None":
            return rig.store.load(profile)

        def save(self, profile: str, fields: "Mapping[str, str]") -> None:
            raise StoreFailed("no space left on the device", store="memory")

    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)

    with pytest.raises(TokensNotSaved) as caught:
        rig.call("access_token", client=rig.make(secrets=ReadOnly()))

    assert caught.value.tokens.access_token.reveal().startswith("pvm_at_")


def test_an_error_that_is_not_the_stores_own_is_reported_as_failed_with_its_name(rig: "Rig") -> None:
    class Broken(MemoryStore):
        name = "acme vault"

        def load(self, profile: str) -> "Mapping[str, str] | None":
            raise KeyError("a secret in an error text")

    rig.call("login", flow="browser")
    with pytest.raises(StoreFailed, match="acme vault: the store raised KeyError") as caught:
        rig.call("access_token", client=rig.make(secrets=Broken()))

    assert "a secret" not in str(caught.value)


def test_without_a_login_the_error_says_so(rig: "Rig") -> None:
    with pytest.raises(NoTokensError, match="log in first"):
        rig.call("access_token")


def test_without_a_refresh_token_the_error_says_log_in_again(rig: "Rig") -> None:
    rig.server.settings.omit_refresh_token = True
    assert not rig.call("login", flow="browser").renewable
    rig.clock.advance(HOUR)

    with pytest.raises(NoRefreshToken, match="log in again"):
        rig.call("access_token")


def test_an_unknown_lifetime_means_use_it_until_a_401(rig: "Rig") -> None:
    rig.server.settings.omit_expires_in = True
    rig.call("login", flow="browser")
    rig.clock.advance(1000 * HOUR)

    assert rig.call("access_token") == rig.fields()["access_token"]
    assert refreshes(rig) == 0


def test_a_token_is_bound_to_the_origin_that_its_profile_records(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    rig.call("login", flow="browser")
    before = len(rig.server.log)
    client = rig.make(base_url="https://api.elsewhere.test")

    for method in ("access_token", "status", "logout"):
        with pytest.raises(WrongServer, match=r"api\.promptvm\.test.*api\.elsewhere\.test"):
            rig.call(method, client=client)

    monkeypatch.setenv("PROMPTVM_BASE_URL", "https://api.elsewhere.test")
    with pytest.raises(WrongServer):
        rig.call("access_token", client=rig.make(base_url=None))
    assert len(rig.server.log) == before
    assert rig.fields()


def test_the_environments_key_pair_comes_before_the_active_profile(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    rig.call("login", "work", flow="browser")
    monkeypatch.setenv("PROMPTVM_PUBLIC_KEY", "pk_1")
    monkeypatch.setenv("PROMPTVM_SECRET_KEY", "sk_1")
    monkeypatch.setenv("PROMPTVM_API_KEY", "pk_2:sk_2")

    assert rig.call("access_token") == "pk_1:sk_1"
    assert rig.call("access_token", "work") == rig.fields("work")["access_token"]


def test_half_a_key_pair_is_an_error_and_never_a_fall_through(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    rig.call("login", flow="browser")
    monkeypatch.setenv("PROMPTVM_PUBLIC_KEY", "pk_1")

    with pytest.raises(IncompleteKeyPair, match="PROMPTVM_SECRET_KEY"):
        rig.call("access_token")
