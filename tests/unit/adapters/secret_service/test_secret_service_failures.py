"""What the bus, the service and the person before it can do to a call."""

import traceback
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth.adapters.secret_service.bus import ErrorReply, NoBus, TooMuchReceived
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.ports.errors import StoreAbsent, StoreCorrupt, StoreError, StoreFailed, StoreLocked, StoreRefused

if TYPE_CHECKING:
    from .conftest import Daemon

FIELDS = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2030-01-01T00:00:00Z"}


def test_a_service_without_a_keyring_is_absent(daemon: "Daemon", store: SecretServiceStore) -> None:
    daemon.collections = []
    with pytest.raises(StoreAbsent, match="no keyring yet"):
        store.load("work")
    with pytest.raises(StoreAbsent):
        store.save("work", FIELDS)
    with pytest.raises(StoreAbsent):
        store.probe()


def test_deleting_leaves_what_is_in_another_locked_keyring_and_says_so(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    store.save("work", FIELDS)
    older = daemon.put("access", "x", collection=daemon.OTHER)
    daemon.locked.add(daemon.OTHER)
    with pytest.raises(StoreLocked, match="older tokens are in another keyring"):
        store.delete("work")
    assert list(daemon.items) == [older]


def test_probing_a_locked_keyring_asks_nobody(daemon: "Daemon", store: SecretServiceStore) -> None:
    daemon.locked.add(daemon.LOGIN)
    with pytest.raises(StoreLocked):
        store.probe()
    assert set(daemon.calls) == {"Get"}


DBUS = "org.freedesktop.DBus.Error"
OUTCOMES: list[tuple[Exception, type[StoreError]]] = [
    (NoBus(), StoreAbsent),
    (ModuleNotFoundError("jeepney"), StoreAbsent),
    (ErrorReply(f"{DBUS}.ServiceUnknown"), StoreAbsent),
    (ErrorReply(f"{DBUS}.NameHasNoOwner"), StoreAbsent),
    (ErrorReply(f"{DBUS}.Spawn.ExecFailed"), StoreAbsent),
    (ErrorReply(f"{DBUS}.AccessDenied"), StoreRefused),
    (PermissionError(13, "x"), StoreRefused),
    (ErrorReply("org.freedesktop.Secret.Error.IsLocked"), StoreLocked),
    (TooMuchReceived(), StoreCorrupt),
]


@pytest.mark.parametrize(("error", "outcome"), OUTCOMES, ids=lambda value: getattr(value, "__name__", repr(value)))
@pytest.mark.parametrize("member", ["connect", "Get", "SearchItems"])
def test_what_the_bus_says_becomes_one_of_the_ports_errors(
    error: Exception, outcome: type[StoreError], member: str, daemon: "Daemon", store: SecretServiceStore
) -> None:
    daemon.errors = [(member, error)]
    with pytest.raises(StoreError) as raised:
        store.load("work")
    assert type(raised.value) is outcome
    assert raised.value.store == "secret-service"
    assert daemon.open == 0


PASSING = [
    ErrorReply("org.freedesktop.Secret.Error.NoSuchObject"),
    ErrorReply(f"{DBUS}.NoReply"),
    ErrorReply("x" * 1000),
    ConnectionResetError(),
    ValueError("not D-Bus"),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
@pytest.mark.parametrize("member", ["connect", "SearchItems", "Delete", "CreateItem", "GetSecrets"])
def test_what_else_goes_wrong_is_tried_once_more(
    error: Exception, member: str, daemon: "Daemon", store: SecretServiceStore
) -> None:
    daemon.put("access", "old")
    daemon.put("access", "older")
    daemon.errors = [(member, error)]
    store.save("work", FIELDS)
    assert store.load("work") == FIELDS
    assert daemon.errors == []
    assert daemon.open == 0


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_goes_wrong_twice_is_failed(error: Exception, daemon: "Daemon", store: SecretServiceStore) -> None:
    daemon.errors = [("SearchItems", error)] * 2
    with pytest.raises(StoreFailed) as raised:
        store.load("work")
    assert len(str(raised.value)) < 200
    assert daemon.errors == []


def test_an_item_that_goes_away_while_it_is_read_is_looked_for_again(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    daemon.put("access", "old")

    def replace() -> None:
        daemon.items.clear()
        daemon.put("access", "new")

    daemon.before["GetSecrets"] = replace
    assert store.load("work") == {"access_token": "new"}


def test_a_call_that_is_not_answered_in_time_is_not_repeated(daemon: "Daemon", store: SecretServiceStore) -> None:
    daemon.errors = [("SearchItems", TimeoutError())]
    with pytest.raises(StoreFailed, match="did not answer within 5 s"):
        store.load("work")
    assert daemon.allowed == [5]


def test_a_write_that_was_not_answered_but_done_is_no_error(daemon: "Daemon", store: SecretServiceStore) -> None:
    store.save("work", FIELDS)
    daemon.errors = [("CreateItem", TimeoutError())]
    store.save("work", FIELDS)
    assert daemon.errors == []
    assert daemon.calls[-1] == "GetSecrets"


@pytest.mark.parametrize("then", [[], [("*", TimeoutError())], [("connect", NoBus())]])
def test_a_write_that_was_not_answered_and_not_done_is_failed(
    then: list[tuple[str, Exception]], daemon: "Daemon", store: SecretServiceStore
) -> None:
    store.save("work", FIELDS)
    daemon.errors = [("CreateItem", TimeoutError()), *then]
    with pytest.raises(StoreFailed, match="did not answer"):
        store.save("work", FIELDS | {"access_token": "access-2"})
    assert daemon.errors == []
    assert store.load("work") == FIELDS


@pytest.mark.parametrize(
    ("entry", "content"),
    [
        ("access", b"\xff\xfeSECRET"),
        ("fields", b"SECRET"),
        ("fields", b"[]"),
        ("fields", b'{"SECRET": 1}'),
        ("fields", b"[" * 100_000),
    ],
)
def test_what_is_no_text_is_corrupt_and_a_new_login_replaces_it(
    entry: str, content: bytes, daemon: "Daemon", store: SecretServiceStore
) -> None:
    store.save("work", FIELDS | {"server": "https://login.example"})
    daemon.items = {
        path: item for path, item in daemon.items.items() if not item.attributes["username"].endswith(entry)
    }
    daemon.put(entry, content)
    with pytest.raises(StoreCorrupt, match="log in again") as raised:
        store.load("work")
    assert "SECRET" not in "".join(traceback.format_exception(raised.value)) + repr(raised.value.__context__)
    store.save("work", FIELDS)
    assert store.load("work") == FIELDS


def test_a_deletion_that_is_cut_short_leaves_no_access_token_without_its_expiry(
    daemon: "Daemon", store: SecretServiceStore
) -> None:
    seen: list[dict[str, str] | None] = []

    def look() -> None:
        seen.append(SecretServiceStore(connect=daemon.connect).load("work"))
        daemon.before["Delete"] = look

    store.save("work", FIELDS | {"user": "ada"})
    daemon.before["Delete"] = look
    store.delete("work")
    seen = [*seen[1:], store.load("work")]  # each look comes before a deletion

    assert len(seen) == 4
    assert not [fields for fields in seen if fields and fields.get("access_token")]
