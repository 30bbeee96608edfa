"""Which keyring backends count as a place for secrets, and which do not."""

import os
import sys
from collections.abc import Callable, Mapping
from threading import Event

import keyring
import keyring.backend
import pytest
from keyring.backends import chainer, fail, null
from promptvm_oauth.adapters.keyring.backend import Accounts, Backend, discover, secure_members
from promptvm_oauth.ports.errors import StoreAbsent, StoreFailed, StoreRefused
from promptvm_oauth.testing.keyring_backend import MemoryKeyring

# Their constructors have no types.
BUILT_IN: Mapping[str, Callable[[], Backend]] = {
    "fail": fail.Keyring,
    "null": null.Keyring,
    "chainer": chainer.ChainerBackend,
}


class Weak(MemoryKeyring):
    priority = 0.5


class PlaintextKeyring(MemoryKeyring):
    """As keyrings.alt has one, though it claims more."""

    priority = 9


class Unviable(MemoryKeyring):
    @property
    def priority(self) -> float:  # type: ignore[override]  # a backend raises when it is asked
        raise RuntimeError("not on this machine")


class ReadOnly(MemoryKeyring):
    def set_password(self, service: str, username: str, password: str, /) -> None:
        raise NotImplementedError


class Forgetful(MemoryKeyring):
    def set_password(self, service: str, username: str, password: str, /) -> None:
        pass


class Clinging(MemoryKeyring):
    def delete_password(self, service: str, username: str, /) -> None:
        pass


Chain = Callable[..., Backend]


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> Chain:
    # Or else the old value is asked for, and that starts programs to look for every backend there is.
    monkeypatch.setattr(keyring.backend, "get_all_keyring", list)

    def make(*members: Backend) -> Backend:
        monkeypatch.setattr(chainer.ChainerBackend, "backends", list(members))
        return BUILT_IN["chainer"]()

    return make


def accounts(*members: Backend) -> Accounts:
    return Accounts(members, "service", Event())


def test_a_keychain_counts() -> None:
    keychain = MemoryKeyring()
    assert secure_members(keychain) == [keychain]


@pytest.mark.parametrize("name", ["fail", "null"])
def test_what_keeps_nothing_is_absent(name: str) -> None:
    with pytest.raises(StoreAbsent, match="no keychain on this machine"):
        secure_members(BUILT_IN[name]())


def test_a_chain_of_what_keeps_nothing_is_absent(chain: Chain) -> None:
    for members in ([], [BUILT_IN["fail"](), BUILT_IN["null"]()]):
        with pytest.raises(StoreAbsent, match="no keychain on this machine"):
            secure_members(chain(*members))


@pytest.mark.parametrize("kind", [Weak, PlaintextKeyring, Unviable])
def test_what_does_not_protect_is_refused_by_name(kind: Callable[[], Backend]) -> None:
    with pytest.raises(StoreRefused, match=rf"test_backend\.{getattr(kind, '__name__', '')} does not protect"):
        secure_members(kind())


def test_of_a_chain_only_the_secure_members_are_used(chain: Chain) -> None:
    first, second = MemoryKeyring(), MemoryKeyring()
    assert secure_members(chain(first, PlaintextKeyring(), second, Weak(), BUILT_IN["fail"]())) == [first, second]


def test_a_member_that_cannot_write_is_passed_over() -> None:
    writable = MemoryKeyring()
    both = accounts(ReadOnly(), writable)
    both.set("account", "value")
    assert writable.passwords == {("service", "account"): "value"}
    assert both.get("account") == "value"


def test_a_chain_whose_members_all_refuse_to_write_is_absent() -> None:
    with pytest.raises(StoreAbsent, match="ReadOnly cannot store values"):
        accounts(ReadOnly(), ReadOnly()).set("account", "value")


def test_a_value_that_is_lost_in_silence_is_noticed() -> None:
    with pytest.raises(StoreFailed, match="Forgetful did not store the value"):
        accounts(Forgetful()).set("account", "value")


def test_deleting_removes_a_value_from_every_member() -> None:
    first, second = MemoryKeyring(), MemoryKeyring()
    for member in (first, second):
        member.set_password("service", "account", "value")
    accounts(first, second).delete("account")
    assert first.passwords == second.passwords == {}


def test_deleting_an_absent_item_is_no_error() -> None:
    accounts(MemoryKeyring()).delete("account")


def test_a_value_that_stays_in_spite_of_its_deletion_is_noticed() -> None:
    clinging = Clinging()
    clinging.set_password("service", "account", "value")
    with pytest.raises(StoreFailed, match="did not delete"):
        accounts(clinging).delete("account")


@pytest.mark.parametrize(
    "name", ["nowhere.Keyring", "os.Keyring", "Keyring", "keyring.backends.Windows.WinVaultKeyring"]
)
def test_a_backend_that_cannot_be_loaded_is_absent(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    with pytest.raises(StoreAbsent, match="PYTHON_KEYRING_BACKEND"):
        discover()


def test_the_backend_of_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert type(discover()) is null.Keyring


@pytest.mark.parametrize(
    ("runtime", "seen"), [("/run/user/1", "unix:path=/run/user/1/bus"), ("", "disabled:"), ("relative", "disabled:")]
)
@pytest.mark.parametrize("before", [None, ""])
def test_no_bus_is_started_while_a_backend_is_looked_for(
    runtime: str, seen: str, before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: list[str | None] = []

    def look() -> MemoryKeyring:
        addresses.append(os.environ.get("DBUS_SESSION_BUS_ADDRESS"))
        return MemoryKeyring()

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(keyring, "get_keyring", look)
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    if before is None:
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    else:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", before)
    discover()
    assert addresses == [seen]
    assert os.environ.get("DBUS_SESSION_BUS_ADDRESS") == before


def test_an_address_that_is_set_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses: list[str | None] = []
    monkeypatch.setattr(keyring, "get_keyring", lambda: addresses.append(os.environ.get("DBUS_SESSION_BUS_ADDRESS")))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/of/mine")
    discover()
    assert addresses == ["unix:path=/of/mine"]
