"""A keyring that is locked, or that asks its user for each program, as KeePassXC does: only `unlock` asks, and once."""

import os
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth.adapters.secret_service.bus import ErrorReply
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.ports.errors import StoreError, StoreFailed, StoreLocked, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Daemon

FIELDS = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2030-01-01T00:00:00Z"}
NEWER = {"access_token": "access-2", "refresh_token": "refresh-2", "expires_at": "2031-01-01T00:00:00Z"}


class Waits:
    """What a store says while it waits for its user."""

    def __init__(self, leave_at: float = 1e9) -> None:
        self.passed: list[float] = []
        self.leave_at = leave_at

    def __call__(self, passed: float, seconds: float) -> None:
        self.passed.append(round(passed, 1))
        if passed >= self.leave_at:
            raise KeyboardInterrupt


def quietly(passed: float, seconds: float) -> None:
    """Lets the store wait."""


@pytest.fixture
def asking(daemon: "Daemon", store: SecretServiceStore) -> SecretServiceStore:
    """A store over a service that asks for each program, as another program that signed in has left it."""
    store.save("work", FIELDS)
    daemon.asks, daemon.answer = True, False
    daemon.calls.clear()
    return SecretServiceStore(prompt_timeout=60, connect=daemon.connect)


def test_nothing_but_unlock_asks(daemon: "Daemon", asking: SecretServiceStore) -> None:
    calls: list[Callable[[], object]] = [
        lambda: asking.load("work"),
        lambda: asking.save("work", NEWER),
        lambda: asking.rehearse("work", NEWER),
        lambda: asking.delete("work"),
        asking.probe,
    ]
    for call in calls:
        with pytest.raises(StoreLocked, match="asks before this program"):
            call()
    daemon.locked.add(daemon.LOGIN)
    for call in calls:
        with pytest.raises(StoreLocked, match="the keyring is locked"):
            call()
    assert daemon.shown == []
    assert "Prompt" not in daemon.calls
    assert daemon.texts()["access"] == ["access-1"]


def test_one_answer_serves_a_whole_refresh(daemon: "Daemon", asking: SecretServiceStore) -> None:
    asking.unlock("work", quietly)
    assert asking.load("work") == FIELDS
    asking.rehearse("work", NEWER)
    asking.save("work", NEWER)
    asking.unlock("work", quietly)
    assert asking.load("work") == NEWER
    assert len(daemon.shown) == 1


def test_what_a_login_has_written_can_be_read_without_a_question(daemon: "Daemon", store: SecretServiceStore) -> None:
    daemon.asks = True
    store.save("work", FIELDS)
    assert store.load("work") == FIELDS
    assert daemon.shown == []


def test_collection_and_items_are_unlocked_in_one_call(daemon: "Daemon", asking: SecretServiceStore) -> None:
    daemon.locked.add(daemon.LOGIN)
    asking.unlock("work", quietly)
    assert len(daemon.shown) == 1
    assert asking.load("work") == FIELDS


def test_an_item_is_overwritten_in_place_where_replacing_it_would_ask(
    daemon: "Daemon", asking: SecretServiceStore
) -> None:
    asking.unlock("work", quietly)
    before = dict(daemon.items)
    asking.save("work", NEWER | {"server": "https://login.example"})
    assert list(daemon.items)[: len(before)] == list(before)
    assert asking.load("work") == NEWER | {"server": "https://login.example"}
    assert len(daemon.shown) == 1


def test_an_item_that_should_go_is_emptied_where_deleting_it_would_ask(
    daemon: "Daemon", asking: SecretServiceStore
) -> None:
    asking.unlock("work", quietly)
    asking.save("work", NEWER | {"server": "https://login.example"})
    asking.save("work", {"access_token": "access-3"})
    assert asking.load("work") == {"access_token": "access-3"}
    asking.delete("work")
    assert asking.load("work") is None
    assert daemon.texts() == {"access": [""], "refresh": [""], "expires": [""], "fields": ["{}"]}
    assert len(daemon.shown) == 1


def test_of_several_items_all_are_overwritten_where_deleting_them_would_ask(
    daemon: "Daemon", asking: SecretServiceStore
) -> None:
    daemon.put("access", "older")
    asking.unlock("work", quietly)
    asking.save("work", NEWER)
    assert daemon.texts()["access"] == ["access-2", "access-2"]
    assert asking.load("work") == NEWER


def test_the_answer_for_one_access_does_not_start_a_refresh(daemon: "Daemon", asking: SecretServiceStore) -> None:
    daemon.once = True
    asking.unlock("work", quietly)
    assert asking.load("work") == FIELDS
    with pytest.raises(StoreLocked, match=r"asks before .*: it must stay unlocked, or remember"):
        asking.rehearse("work", NEWER)


def test_each_profile_is_asked_for_on_its_own(daemon: "Daemon", asking: SecretServiceStore) -> None:
    daemon.put("access", "home", profile="home")
    asking.unlock("work", quietly)
    with pytest.raises(StoreLocked):
        asking.load("home")
    asking.unlock("home", quietly)
    assert asking.load("home") == {"access_token": "home"}
    assert asking.load("work") == FIELDS
    assert daemon.open == 2


def test_unlocking_what_is_not_locked_asks_nobody_and_keeps_no_connection(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    store.save("work", FIELDS)
    store.unlock("work", quietly)
    assert daemon.shown == []
    assert daemon.open == 0


def test_a_fork_leaves_the_connection_to_its_parent(
    daemon: "Daemon", asking: SecretServiceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking.unlock("work", quietly)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with pytest.raises(StoreLocked):
        asking.load("work")


def test_a_kept_connection_that_broke_is_replaced(daemon: "Daemon", asking: SecretServiceStore) -> None:
    asking.unlock("work", quietly)
    daemon.errors = [("Get", ConnectionResetError())]
    with pytest.raises(StoreLocked):  # the new connection was not allowed anything yet
        asking.load("work")
    asking.unlock("work", quietly)
    assert asking.load("work") == FIELDS
    assert daemon.open == 1


def test_a_prompt_that_is_never_answered_is_closed_and_ends_in_locked(
    daemon: "Daemon", asking: SecretServiceStore
) -> None:
    daemon.answer = None
    waits = Waits()
    with pytest.raises(StoreLocked, match="it was not unlocked within 60 s"):
        asking.unlock("work", waits)
    assert daemon.calls[-1] == "Dismiss"
    assert waits.passed[:5] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert waits.passed[-1] == 60
    assert daemon.open == 0


def test_a_wait_that_is_broken_off_closes_the_prompt(daemon: "Daemon", asking: SecretServiceStore) -> None:
    daemon.answer = None
    with pytest.raises(KeyboardInterrupt):
        asking.unlock("work", Waits(leave_at=0.4))
    assert daemon.calls[-1] == "Dismiss"
    assert daemon.open == 0


def test_no_unlock_prompt_of_gnome_keyring_is_dismissed_which_would_abort_it(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    daemon.prompts_named = "u"
    daemon.locked.add(daemon.LOGIN)
    with pytest.raises(StoreLocked, match="it was not unlocked"):
        store.unlock("work", quietly)
    with pytest.raises(StoreLocked):
        store.load("work")
    assert daemon.dismissed == 0
    assert daemon.open == 0


def test_a_prompt_that_cannot_be_closed_changes_nothing(daemon: "Daemon", asking: SecretServiceStore) -> None:
    daemon.answer = None
    daemon.before["Dismiss"] = lambda: daemon.errors.append(("Dismiss", ErrorReply("x.NoSuchObject")))
    daemon.locked.add(daemon.LOGIN)
    with pytest.raises(StoreLocked, match="it was not unlocked"):
        asking.unlock("work", quietly)


def test_a_prompt_that_is_dismissed_is_refused_and_not_repeated(daemon: "Daemon", asking: SecretServiceStore) -> None:
    daemon.answer = True
    with pytest.raises(StoreRefused, match="dismissed"):
        asking.unlock("work", quietly)
    assert len(daemon.shown) == 1


def test_without_a_display_nobody_has_dismissed_anything(
    daemon: "Daemon", asking: SecretServiceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY")
    daemon.answer = True
    with pytest.raises(StoreLocked, match="no display"):
        asking.unlock("work", quietly)


def test_a_service_that_stays_locked_is_not_asked_for_ever(daemon: "Daemon", asking: SecretServiceStore) -> None:
    def lock_again() -> None:
        daemon.locked.add(daemon.LOGIN)
        daemon.before["Unlock"] = lock_again

    daemon.before["Unlock"] = lock_again
    with pytest.raises(StoreLocked):
        asking.unlock("work", quietly)
    assert len(daemon.shown) == 3


def test_a_prompt_that_the_user_would_not_see_is_not_shown(daemon: "Daemon", asking: SecretServiceStore) -> None:
    store = SecretServiceStore(prompt_timeout=60, unseen="you are somewhere else", connect=daemon.connect)
    with pytest.raises(StoreLocked, match="the stored tokens; you are somewhere else"):
        store.unlock("work", quietly)
    daemon.locked.add(daemon.LOGIN)
    with pytest.raises(StoreLocked, match="the keyring is locked; you are somewhere else"):
        store.unlock("work", quietly)
    assert daemon.shown == []


def test_a_service_that_does_not_answer_is_no_locked_one(daemon: "Daemon", asking: SecretServiceStore) -> None:
    daemon.before["Unlock"] = lambda: daemon.errors.extend([("Prompt", TimeoutError())] * 1)
    daemon.errors = []
    with pytest.raises(StoreLocked):
        asking.unlock("work", quietly)
    daemon.errors = [("SearchItems", TimeoutError())]
    with pytest.raises(StoreFailed, match="did not answer within 5 s"):
        asking.unlock("work", quietly)


def test_a_name_that_is_not_valid_reaches_no_service(daemon: "Daemon", asking: SecretServiceStore) -> None:
    daemon.allowed.clear()
    with pytest.raises(StoreError, match="not a valid profile name"):
        asking.unlock("../x", quietly)
    assert daemon.allowed == []
