"""Several items that answer to the same two attributes: how they are read, healed and deleted."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore

if TYPE_CHECKING:
    from .conftest import Daemon

FIELDS = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2030-01-01T00:00:00Z"}


def test_of_several_items_the_newest_counts(daemon: "Daemon", store: SecretServiceStore) -> None:
    for now, who, expiry in ((2000, "new", "2029"), (1000, "old", "2030")):
        daemon.now = now
        for entry, text in (("refresh", who), ("access", who), ("expires", f"{expiry}-01-01T00:00:00Z")):
            daemon.put(entry, text)
    assert store.load("work") == {
        "access_token": "new",
        "refresh_token": "new",
        "expires_at": "2029-01-01T00:00:00Z",
    }


@pytest.mark.parametrize("order", [("early", "late"), ("late", "early")])
@pytest.mark.parametrize("more", [{}, {"application": "Python keyring library"}])
def test_of_items_of_the_same_second_those_with_the_later_expiry_count(
    order: tuple[str, str], more: dict[str, str], daemon: "Daemon", store: SecretServiceStore
) -> None:
    expiries = {"early": "2030-01-01T00:00:00Z", "late": "2029-12-31T23:59:59-01:00"}
    for who in order:
        for entry, text in (("refresh", who), ("access", who), ("expires", expiries[who])):
            daemon.put(entry, text, **(more if who == order[1] else {}))
    assert store.load("work") == {"access_token": "late", "refresh_token": "late", "expires_at": expiries["late"]}


@pytest.mark.parametrize(
    "expires", [[], ["nonsense", "2030-01-01T00:00:00"], ["9999-12-31T23:59:59-23:59", "nonsense"]]
)
def test_items_that_nothing_tells_apart_are_read_the_same_way_each_time(
    expires: list[str], daemon: "Daemon", store: SecretServiceStore
) -> None:
    for who in ("first", "second"):
        daemon.put("access", who)
    for text in expires:
        daemon.put("expires", text)
    loads = [store.load("work") for _ in range(3)]
    assert loads == [loads[0]] * 3


def test_writing_leaves_one_item_an_entry_with_exactly_two_attributes(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    for entry in ("refresh", "access", "expires", "fields"):
        daemon.put(entry, "{}", application="Python keyring library")
        daemon.put(entry, "{}")
        daemon.put(entry, "{}", collection=daemon.OTHER)
    store.save("work", FIELDS)
    ours = [item for item in daemon.items.values() if item.collection == daemon.LOGIN]
    assert sorted(item.attributes["username"] for item in ours) == [
        f"promptvm-cli:work:{entry}" for entry in ("access", "expires", "refresh")
    ]
    assert all(item.attributes.keys() == {"service", "username"} for item in ours)
    assert store.load("work") == FIELDS


def test_deleting_removes_every_hit_in_every_collection(daemon: "Daemon", store: SecretServiceStore) -> None:
    for collection in (daemon.LOGIN, daemon.OTHER):
        for entry in ("refresh", "access", "expires", "fields"):
            daemon.put(entry, "x", collection=collection)
            daemon.put(entry, "x", collection=collection, application="Python keyring library")
    daemon.put("access", "home", profile="home")
    store.delete("work")
    assert [item.attributes["username"] for item in daemon.items.values()] == ["promptvm-cli:home:access"]
