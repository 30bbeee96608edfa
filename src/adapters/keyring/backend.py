"""The backends of the keyring package: which keep a secret safe, which only seem to, and how to ask them.

keyring chooses a backend by itself. It may choose one that forgets everything in silence, or one that writes plain
text; keyring calls a backend recommended from priority 1, and only such count here.
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
"""What keyring recommends; its encrypted and plain files come below."""

_NOWHERE = frozenset({"keyring.backends.fail", "keyring.backends.null"})
_CHAINER = "keyring.backends.chainer"
_ADDRESS = "DBUS_SESSION_BUS_ADDRESS"


class Backend(Protocol):
    """What every keyring backend can do; see `keyring.backend.KeyringBackend`."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Give what is stored, or None."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Store a value."""
        ...

    def delete_password(self, service: str, username: str, /) -> None:
        """Remove a value."""
        ...


class Accounts:
    """The accounts of one service, in one or several backends.

    Args:
        members: the backends in order of preference; the first that can write is written to.
        service: the service's name.
        abandoned: once it is set, nothing more is begun.
    """

    def __init__(self, members: "Sequence[Backend]", service: str, abandoned: "Event") -> None:
        self._members = members
        self._service = service
        self._abandoned = abandoned

    def get(self, account: str) -> str | None:
        """Give what is stored under an account, or None."""
        self._go_on()
        found = (member.get_password(self._service, account) for member in self._members)
        return next((value for value in found if value is not None), None)

    def set(self, account: str, value: str) -> None:
        """Store a value and read it back.

        Raises:
            StoreAbsent: no backend can write.
            StoreFailed: the value was lost in silence.
        """
        self._go_on()
        for member in self._members:
            try:
                member.set_password(self._service, account, value)
            except NotImplementedError:
                continue
            if self.get(account) != value:
                raise StoreFailed(f"{name_of(member)} did not keep what was written", store=STORE)
            return
        raise StoreAbsent(f"{name_of(self._members[0])} cannot write", store=STORE)

    def delete(self, account: str) -> None:
        """Remove an account from every backend; removing what is not there is no error.

        Raises:
            StoreFailed: it is still there.
        """
        self._go_on()
        for member in self._members:
            if member.get_password(self._service, account) is None:
                continue
            member.delete_password(self._service, account)
            if member.get_password(self._service, account) is not None:
                raise StoreFailed(f"{name_of(member)} did not delete what is stored", store=STORE)

    def _go_on(self) -> None:
        if self._abandoned.is_set():
            raise Abandoned


def discover() -> "Backend":
    """Give the backend that keyring chooses, by its configuration or by itself.

    Raises:
        StoreAbsent: keyring is not installed, or its configuration names no backend that can be loaded.
    """
    try:
        with _no_bus_is_started():
            import keyring

            return keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - PYTHON_KEYRING_BACKEND can make it raise anything
        reason = f"keyring could not load a backend ({type(error).__name__}); look at PYTHON_KEYRING_BACKEND"
    raise StoreAbsent(reason, store=STORE)


def secure_members(backend: "Backend") -> "list[Backend]":
    """Give the backends behind a backend that keep secrets safe, the preferred one first.

    Raises:
        StoreAbsent: there is none that keeps anything.
        StoreRefused: there are only such as do not protect what they keep.
    """
    members: list[Backend] = list(getattr(backend, "backends", ())) if _is_of(backend, {_CHAINER}) else [backend]
    keeping = [member for member in members if not _is_of(member, _NOWHERE)]
    if not keeping:
        raise StoreAbsent("keyring knows no keychain on this machine", store=STORE)
    secure = [member for member in keeping if _is_secure(member)]
    if not secure:
        raise StoreRefused(f"{name_of(keeping[0])} does not protect what it keeps", store=STORE)
    return secure


def name_of(backend: "Backend") -> str:
    """Name a backend as PYTHON_KEYRING_BACKEND would."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _is_of(backend: "Backend", modules: "set[str] | frozenset[str]") -> bool:
    return any(kind.__module__ in modules for kind in type(backend).__mro__)


def _is_secure(backend: "Backend") -> bool:
    if any("plaintext" in kind.__name__.lower() for kind in type(backend).__mro__):
        return False
    try:
        return float(getattr(backend, "priority", 0)) >= LEAST_PRIORITY
    except Exception:  # noqa: BLE001 - a backend that cannot work here raises whatever it likes
        return False


@contextmanager
def _no_bus_is_started() -> "Generator[None]":
    """Keep backends from starting a D-Bus of their own, which they do on Linux where no address is set."""
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
