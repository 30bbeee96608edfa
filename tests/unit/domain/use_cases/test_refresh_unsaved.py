"""A refresh whose tokens could not be stored: the next call stores them, and the dead token is not sent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import RefreshPolicy, TokensNotSaved
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.ports.errors import StoreFailed
from promptvm_oauth.ports.events import Event, Refreshed

from .other_program import later, write

if TYPE_CHECKING:
    from .conftest import Rig

HOUR = 3600.0


class Full(MemoryStore):
    """A store on a disk that is full until it is mended; `rehearse` may know it beforehand."""

    def __init__(self, rig: "Rig") -> None:
        super().__init__()
        self.full = True
        self._rig = rig

    def load(self, profile: str) -> Mapping[str, str] | None:
        return self._rig.store.load(profile)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        if self.full:
            raise StoreFailed("no space left on the device", store=self.name)
        self._rig.store.save(profile, fields)


class FullAndKnown(Full):
    def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        if self.full:
            raise StoreFailed("no space left on the device", store=self.name)


@pytest.fixture
def expired(rig: "Rig") -> "Rig":
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    return rig


def refreshes(rig: "Rig") -> int:
    return rig.server.count("token", grant_type="refresh_token")


def test_the_dead_refresh_token_is_not_sent_again(expired: "Rig") -> None:
    client = expired.make(secrets=Full(expired))
    carried: list[str] = []
    for _ in range(3):
        with pytest.raises(TokensNotSaved) as caught:
            expired.call("access_token", client=client)
        carried.append(caught.value.tokens.access_token.reveal())
    assert len(set(carried)) == 1
    assert refreshes(expired) == 1
    assert not expired.server.auth.revoked_families


def test_once_there_is_room_the_tokens_are_stored_without_a_request(expired: "Rig") -> None:
    store = Full(expired)
    client = expired.make(secrets=store)
    with pytest.raises(TokensNotSaved) as caught:
        expired.call("access_token", client=client)
    store.full = False

    token = expired.call("access_token", client=client)

    assert token == caught.value.tokens.access_token.reveal() == expired.fields()["access_token"]
    assert (expired.profiles.load("default") or {})["expires_at"] == expired.fields()["expires_at"]
    assert refreshes(expired) == 1


def test_tokens_that_are_over_when_there_is_room_again_are_renewed(expired: "Rig") -> None:
    store = Full(expired)
    client = expired.make(secrets=store)
    with pytest.raises(TokensNotSaved) as caught:
        expired.call("access_token", client=client)
    store.full = False
    expired.clock.advance(HOUR)

    token = expired.call("access_token", client=client)

    assert token == expired.fields()["access_token"] != caught.value.tokens.access_token.reveal()
    assert refreshes(expired) == 2
    assert not expired.server.auth.revoked_families


def test_tokens_whose_time_to_be_renewed_has_come_when_there_is_room_again_are_renewed(expired: "Rig") -> None:
    store = Full(expired)
    client = expired.make(secrets=store, policy=RefreshPolicy(jitter=0.0))
    with pytest.raises(TokensNotSaved, match=r"no space left .*; repair the store and try again in this program, or"):
        expired.call("access_token", client=client)
    store.full = False
    expired.clock.advance(HOUR - 300)

    expired.call("access_token", client=client)

    assert refreshes(expired) == 2


def test_a_token_that_the_go_tool_stores_after_the_unsaved_ones_is_used(expired: "Rig") -> None:
    def written_over(event: Event) -> None:
        if isinstance(event, Refreshed):
            write(expired, {"access_token": "go's", "refresh_token": "go's too", "expires_at": later(expired)})

    store = Full(expired)
    client = expired.make(secrets=store, on_event=written_over)
    with pytest.raises(TokensNotSaved):
        expired.call("refresh", client=client)
    store.full = False
    expired.clock.advance(HOUR)

    assert expired.call("refresh", client=client) == "go's"
    assert refreshes(expired) == 1


def test_tokens_are_saved_at_last_once_though_the_server_never_changes_the_refresh_token(expired: "Rig") -> None:
    expired.server.settings.omit_refresh_token = True
    store = Full(expired)
    client = expired.make(secrets=store)
    with pytest.raises(TokensNotSaved):
        expired.call("access_token", client=client)
    store.full = False
    expired.call("access_token", client=client)
    for count in (2, 3):
        expired.clock.advance(HOUR)
        assert expired.call("access_token", client=client) == expired.fields()["access_token"]
        assert refreshes(expired) == count


def test_a_login_of_meanwhile_counts_more(expired: "Rig") -> None:
    client = expired.make(secrets=Full(expired))
    with pytest.raises(TokensNotSaved):
        expired.call("access_token", client=client)
    expired.call("login", flow="browser")

    assert expired.call("access_token", client=client) == expired.fields()["access_token"]
    assert refreshes(expired) == 1


def test_a_store_that_knows_beforehand_costs_nothing(expired: "Rig") -> None:
    store = FullAndKnown(expired)
    client = expired.make(secrets=store)
    with pytest.raises(StoreFailed) as caught:
        expired.call("access_token", client=client)
    assert caught.value.retryable
    assert refreshes(expired) == 0
    store.full = False
    assert expired.call("access_token", client=client) == expired.fields()["access_token"]
