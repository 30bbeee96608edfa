"""The backends of the keyring package: discovery, selection of those that protect secrets, and access.

keyring chooses a backend by itself. It may choose one that silently stores nothing, or one that writes plain text. It
recommends backends from priority 1, and only those are used here.
"""

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from ...ports.errors import StoreAbsent, StoreFailed, StoreRefused
from .errors import STORE, Abandoned

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from threading import Event

LEAST_PRIORITY = 1
"""The lowest recommended priority; the encrypted and plain files of keyring are below it."""

_NOWHERE = frozenset({"keyring.backends.fail", "keyring.backends.null"})
_CHAINER = "keyring.backends.chainer"
_ADDRESS = "DBUS_SESSION_BUS_ADDRESS"


class Backend(Protocol):
    """The methods of `keyring.backend.KeyringBackend` that are used here."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Returns the stored value, or None."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Saves a value."""
        ...

    def delete_password(self, service: str, username: str, /) -> None:
        """Deletes a value."""
        ...


class Accounts:
    """The accounts of one service in one or several backends.

    Args:
        members: the backends in order of preference; values are saved to the first one that can write.
        service: the service's name.
        abandoned: once it is set, every call raises `Abandoned`.
    """

    def __init__(self, members: "Sequence[Backend]", service: str, abandoned: "Event") -> None:
        self._members = members
        self._service = service
        self._abandoned = abandoned

    def get(self, account: str) -> str | None:
        """Returns the value of an account, or None."""
        self._raise_if_abandoned()
        found = (member.get_password(self._service, account) for member in self._members)
        return next((value for value in found if value is not None), None)

    def set(self, account: str, value: str) -> None:
        """Saves a value and reads it back.

        Raises:
            StoreAbsent: no backend can write.
            StoreFailed: the backend did not store the value.
        """
        self._raise_if_abandoned()
        for member in self._members:
            try:
                member.set_password(self._service, account, value)
            except NotImplementedError:
                continue
            if self.get(account) != value:
                raise StoreFailed(f"{name_of(member)} did not store the value", store=STORE)
            return
        raise StoreAbsent(f"{name_of(self._members[0])} cannot store values", store=STORE)

    def delete(self, account: str) -> None:
        """Deletes an account from every backend. Deleting an account that does not exist is not an error.

        Raises:
            StoreFailed: the account still exists.
        """
        self._raise_if_abandoned()
        for member in self._members:
            if member.get_password(self._service, account) is None:
                continue
            member.delete_password(self._service, account)
            if member.get_password(self._service, account) is not None:
                raise StoreFailed(f"{name_of(member)} did not delete the value", store=STORE)

    def _raise_if_abandoned(self) -> None:
        if self._abandoned.is_set():
            raise Abandoned


def discover() -> "Backend":
    """Returns the backend that keyring chooses by its configuration or by priority.

    Raises:
        StoreAbsent: keyring is not installed, or its configuration names no backend that can be loaded.
    """
    try:
        with _no_new_bus():
            import keyring

            return keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - any error is possible with PYTHON_KEYRING_BACKEND
        reason = f"keyring could not load a backend ({type(error).__name__}); check PYTHON_KEYRING_BACKEND"
    raise StoreAbsent(reason, store=STORE)


def secure_members(backend: "Backend") -> "list[Backend]":
    """Returns the backends of a backend that protect secrets, in order of preference.

    Args:
        backend: a backend, which may be a chain of several.

    Raises:
        StoreAbsent: no backend stores values.
        StoreRefused: no backend that stores values protects them.
    """
    members: list[Backend] = list(getattr(backend, "backends", ())) if _is_of(backend, {_CHAINER}) else [backend]
    storing = [member for member in members if not _is_of(member, _NOWHERE)]
    if not storing:
        raise StoreAbsent("keyring found no keychain on this machine", store=STORE)
    secure = [member for member in storing if _is_secure(member)]
    if not secure:
        raise StoreRefused(f"{name_of(storing[0])} does not protect secrets", store=STORE)
    return secure


def name_of(backend: "Backend") -> str:
    """Returns the name of a backend, as in PYTHON_KEYRING_BACKEND."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _is_of(backend: "Backend", modules: "set[str] | frozenset[str]") -> bool:
    return any(kind.__module__ in modules for kind in type(backend).__mro__)


def _is_secure(backend: "Backend") -> bool:
    if any("plaintext" in kind.__name__.lower() for kind in type(backend).__mro__):
        return False
    try:
        return float(getattr(backend, "priority", 0)) >= LEAST_PRIORITY
    except Exception:  # noqa: BLE001 - an unusable backend may raise any error
        return False


@contextmanager
def _no_new_bus() -> "Generator[None]":
    """Prevents backends from starting a D-Bus, which they do on Linux if no address is set."""
    if not sys.platform.startswith("linux") or os.environ.get(_ADDRESS):
        yield
        return
    before = os.environ.get(_ADDRESS)
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    os.environ[_ADDRESS] = f"unix:path={runtime}/bus" if os.path.isabs(runtime) else "disabled:"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_ADDRESS]
        else:
            os.environ[_ADDRESS] = before
