"""A profile in the Secret Service: its items, the order of writing, and what never gets there."""

import json
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.ports.errors import StoreRefused
from promptvm_oauth.ports.secrets import SecretStore
from promptvm_oauth.testing.secret_store_contract import SecretStoreContract

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Daemon

FIELDS = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2030-01-01T00:00:00Z"}


class TestSecretServiceStore(SecretStoreContract):
    @pytest.fixture(autouse=True)
    def place(self, daemon: "Daemon") -> None:
        self.daemon = daemon

    def make_store(self) -> SecretStore:
        return SecretServiceStore(connect=self.daemon.connect)

    def reopen(self, store: SecretStore) -> SecretStore:
        return SecretServiceStore(connect=self.daemon.connect)


def test_a_profile_is_three_items_with_exactly_two_attributes(daemon: "Daemon", store: SecretServiceStore) -> None:
    store.save("work", FIELDS)
    assert {item.attributes["username"]: item.secret.decode() for item in daemon.items.values()} == {
        "promptvm-cli:work:access": "access-1",
        "promptvm-cli:work:refresh": "refresh-1",
        "promptvm-cli:work:expires": "2030-01-01T00:00:00Z",
    }
    assert all(item.attributes.keys() == {"service", "username"} for item in daemon.items.values())


def test_refresh_is_written_before_access_and_access_before_expires(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    store.save("work", FIELDS | {"server": "https://login.example"})
    entries = [item.attributes["username"].rpartition(":")[2] for item in daemon.items.values()]
    assert entries == ["fields", "refresh", "access", "expires"]


@pytest.mark.parametrize("written", range(3))
def test_an_end_between_two_writes_never_leaves_a_dead_pair(
    written: int, daemon: "Daemon", store: SecretServiceStore
) -> None:
    newer = {"refresh_token": "refresh-2", "access_token": "access-2", "expires_at": "2031-01-01T00:00:00Z"}
    steps = iter(range(written))

    def go_on_or_end() -> None:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        daemon.before["CreateItem"] = go_on_or_end

    store.save("work", FIELDS)
    daemon.before["CreateItem"] = go_on_or_end
    with pytest.raises(KeyboardInterrupt):
        store.save("work", newer)
    assert store.load("work") == FIELDS | dict(list(newer.items())[:written])
    assert daemon.open == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2030-01-01T00:00:00.999999Z", "2030-01-01T00:00:00Z"),
        ("2030-01-01T00:00:00.123456789+02:00", "2030-01-01T00:00:00+02:00"),
        ("2030-01-01T00:00:00-07:00", "2030-01-01T00:00:00-07:00"),
    ],
)
def test_an_expiry_keeps_whole_seconds(given: str, kept: str, daemon: "Daemon", store: SecretServiceStore) -> None:
    store.save("work", {"access_token": "a", "expires_at": given})
    assert daemon.texts()["expires"] == [kept]


@pytest.mark.parametrize("zero", ["", "0001-01-01T00:00:00Z"])
def test_no_time_of_the_go_tool_is_no_expiry(zero: str, daemon: "Daemon", store: SecretServiceStore) -> None:
    daemon.put("access", "a")
    daemon.put("expires", zero)
    assert store.load("work") == {"access_token": "a"}


def test_unknown_fields_have_a_fourth_item_only_while_there_are_any(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    store.save("work", FIELDS | {"server": "https://login.example"})
    assert [json.loads(text) for text in daemon.texts()["fields"]] == [{"server": "https://login.example"}]
    store.save("work", FIELDS)
    assert set(daemon.texts()) == {"refresh", "access", "expires"}


def test_fields_without_tokens_are_those_of_a_login_that_the_go_tool_ended(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    daemon.put("fields", '{"server": "https://login.example"}')
    daemon.put("expires", "2030-01-01T00:00:00Z")
    assert store.load("work") is None


def test_the_default_collection_serves_where_there_is_no_login(daemon: "Daemon", store: SecretServiceStore) -> None:
    daemon.collections, daemon.default = [daemon.OTHER], daemon.OTHER
    store.save("work", FIELDS)
    assert {item.collection for item in daemon.items.values()} == {daemon.OTHER}
    assert store.load("work") == FIELDS


def test_probing_changes_nothing(daemon: "Daemon", store: SecretServiceStore) -> None:
    store.probe()
    assert daemon.open == 0
    assert {"CreateItem", "Delete"}.isdisjoint(daemon.calls)


@pytest.mark.parametrize("value", ["lone \udc80 surrogate", "x" * (1024 * 1024 + 1)], ids=["surrogate", "large"])
def test_what_cannot_be_stored_is_refused_before_anything_is_asked(
    value: str, daemon: "Daemon", store: SecretServiceStore
) -> None:
    with pytest.raises(StoreRefused) as raised:
        store.save("work", {"access_token": value})
    assert raised.value.__context__ is None
    assert daemon.allowed == []


@pytest.mark.parametrize("name", ["", ".", "..", "../../x", "a/b", "a:b", "nul\0", "x" * 300, "naïve"])
def test_an_invalid_profile_name_reaches_no_service(name: str, daemon: "Daemon", store: SecretServiceStore) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.load(name),
        lambda: store.save(name, FIELDS),
        lambda: store.delete(name),
    ]
    for call in calls:
        with pytest.raises(StoreRefused, match="is not a valid profile name"):
            call()
    assert daemon.allowed == []
