"""Whatever a keychain does, the store answers with one of the port's errors."""

import traceback
from types import ModuleType

import keyring
import pytest
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordDeleteError, PasswordSetError
from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.ports.errors import (
    StoreAbsent,
    StoreCorrupt,
    StoreError,
    StoreFailed,
    StoreLocked,
    StoreRefused,
)
from promptvm_oauth.testing.keyring_backend import MemoryKeyring

FIELDS = {"access_token": "SECRET-access", "refresh_token": "SECRET-refresh", "expires_at": "2030-01-01T00:00:00Z"}


class SecretServiceNotAvailableException(Exception):
    """As secretstorage has one."""


class ItemNotFoundException(Exception):
    """As secretstorage has one."""


class PromptDismissedException(ItemNotFoundException):
    """As secretstorage has one."""


class Keychain(MemoryKeyring):
    """A backend that raises the errors that it is given, one a call."""

    def __init__(self, *errors: BaseException) -> None:
        super().__init__()
        self.errors = list(errors)

    def begin(self) -> None:
        super().begin()
        if self.errors:
            raise self.errors.pop(0)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def unencodable() -> UnicodeEncodeError:
    return UnicodeEncodeError("utf-8", "SECRET-access\udc80", 13, 14, "surrogates not allowed")


OUTCOMES = [
    (NoKeyringError("x"), StoreAbsent),
    (caused(InitError("x"), SecretServiceNotAvailableException("no bus")), StoreAbsent),
    (SecretServiceNotAvailableException("no bus"), StoreAbsent),
    (KeyringLocked("SECRET-access"), StoreLocked),
    (caused(InitError("x"), PromptDismissedException("Prompt dismissed..")), StoreLocked),
    (PasswordSetError("cannot store SECRET-access"), StoreRefused),
    (PasswordDeleteError("x"), StoreRefused),
    (PermissionError(13, "x"), StoreRefused),
    (ConnectionResetError("x"), StoreFailed),
    (unencodable(), StoreFailed),
    (SystemExit(3), StoreFailed),
    (RuntimeError("SECRET-access"), StoreFailed),
]


@pytest.mark.parametrize(("error", "outcome"), OUTCOMES, ids=lambda value: getattr(value, "__name__", repr(value)))
def test_what_a_backend_raises_becomes_one_of_four_outcomes(error: BaseException, outcome: type[StoreError]) -> None:
    for call in ("load", "save", "delete"):
        keychain = Keychain(error)
        store = KeyringStore(backend=keychain)
        with pytest.raises(StoreError) as raised:
            store.save("work", FIELDS) if call == "save" else getattr(store, call)("work")
        assert type(raised.value) is outcome
        assert raised.value.store == "keyring"
        shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value.__context__)
        assert "SECRET" not in shown
        assert keychain.calls == 1


@pytest.mark.parametrize("error", [InitError("x"), ItemNotFoundException("x")])
def test_an_error_that_comes_up_now_and_then_is_tried_once_more(error: Exception) -> None:
    store = KeyringStore(backend=Keychain(error))
    store.save("work", FIELDS)
    assert store.load("work") == FIELDS


def test_an_error_that_stays_is_tried_only_once_more() -> None:
    keychain = Keychain(*(InitError("x") for _ in range(5)))
    with pytest.raises(StoreLocked):
        KeyringStore(backend=keychain).load("work")
    assert keychain.calls == 2


def test_a_value_of_the_wrong_shape_is_corrupt_and_a_new_login_replaces_it() -> None:
    keychain = Keychain()
    store = KeyringStore(backend=keychain)
    for text in ("", "SECRET", "[]", "null", '{"access_token": 1}', "{" * 5000, "[" * 100_000):
        keychain.passwords["promptvm-oauth", "work"] = text
        with pytest.raises(StoreCorrupt, match="log in again") as raised:
            store.load("work")
        assert "SECRET" not in "".join(traceback.format_exception(raised.value))
        store.save("work", FIELDS)
        assert store.load("work") == FIELDS


def test_fields_that_are_too_large_are_refused_before_anything_is_asked() -> None:
    keychain = Keychain()
    with pytest.raises(StoreRefused, match="larger than"):
        KeyringStore(backend=keychain).save("work", {"access_token": "a" * 1024 * 1024})
    assert keychain.calls == 0


@pytest.mark.parametrize("name", ["", ".", "..", "../../x", "a/b", "a:b", "nul\0", "x" * 300, "naïve"])
def test_an_invalid_profile_name_reaches_no_keychain(name: str) -> None:
    keychain = Keychain()
    store = KeyringStore(backend=keychain)
    for call in (store.load, store.delete):
        with pytest.raises(StoreRefused, match="is not a valid profile name"):
            call(name)
    with pytest.raises(StoreRefused):
        store.save(name, FIELDS)
    assert keychain.calls == 0


def test_names_that_differ_by_case_have_accounts_that_differ_by_more() -> None:
    keychain = Keychain()
    store = KeyringStore(backend=keychain)
    names = ["work", "Work", "WORK"]
    for name in names:
        store.save(name, {"access_token": name})
    assert len({account.lower() for _, account in keychain.passwords}) == 3
    assert [store.load(name) for name in names] == [{"access_token": name} for name in names]


def test_probing_says_whether_there_is_a_safe_backend_and_asks_it_for_nothing() -> None:
    class Weak(Keychain):
        priority = 0

    keychain, weak = Keychain(), Weak()
    KeyringStore(backend=keychain).probe()
    with pytest.raises(StoreRefused, match="Weak does not protect"):
        KeyringStore(backend=weak).probe()
    assert keychain.calls == weak.calls == 0


def test_a_backend_that_does_not_protect_is_neither_read_nor_written() -> None:
    class Weak(Keychain):
        priority = 0.5

    weak = Weak()
    store = KeyringStore(backend=weak)
    with pytest.raises(StoreRefused):
        store.load("work")
    with pytest.raises(StoreRefused):
        store.save("work", FIELDS)
    assert weak.calls == 0


def test_a_plugin_that_exits_while_backends_are_looked_for_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def exit_at_once() -> ModuleType:
        raise SystemExit(3)

    monkeypatch.setattr(keyring, "get_keyring", exit_at_once)
    with pytest.raises(StoreFailed, match="SystemExit"):
        KeyringStore().probe()
