"""Converts errors of the Secret Service, the bus or the socket to those of the secrets port."""

from typing import TYPE_CHECKING

from ...ports.errors import StoreAbsent, StoreCorrupt, StoreError, StoreFailed, StoreLocked, StoreRefused
from .bus import ErrorReply, NoBus, TooMuchReceived

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STORE = "secret-service"
"""The name of the store."""

_BUS = "org.freedesktop.DBus.Error."
_SECRET = "org.freedesktop.Secret.Error."  # noqa: S105 - the prefix of error names

_REPLIES: "Mapping[str, tuple[type[StoreError], str]]" = {
    f"{_BUS}ServiceUnknown": (StoreAbsent, "no Secret Service runs in this session"),
    f"{_BUS}NameHasNoOwner": (StoreAbsent, "no Secret Service runs in this session"),
    f"{_BUS}Spawn.ServiceNotFound": (StoreAbsent, "no Secret Service is installed"),
    f"{_BUS}Spawn.ExecFailed": (StoreAbsent, "no Secret Service is installed"),
    f"{_BUS}AccessDenied": (StoreRefused, "the session bus does not allow this program to use the Secret Service"),
    f"{_SECRET}IsLocked": (StoreLocked, "the keyring is locked"),
}

_RAISED: "Sequence[tuple[type[Exception], type[StoreError], str]]" = (
    (NoBus, StoreAbsent, "there is no D-Bus session, or no bus listens at its address"),
    (ImportError, StoreAbsent, "the package jeepney is not installed"),
    (PermissionError, StoreRefused, "this program may not connect to the session bus"),
    (TooMuchReceived, StoreCorrupt, "the stored values are too large for tokens; log in again"),
)
_LONGEST_NAME = 100


def secret_service_error(error: Exception) -> StoreError:
    """Returns the port's error for any error; its text quotes nothing that was sent or received."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, ErrorReply):
        kind, reason = _REPLIES.get(
            error.error, (StoreFailed, f"the Secret Service replied with {_shown(error.error)}")
        )
        return kind(reason, store=STORE)
    for raised, kind, reason in _RAISED:
        if isinstance(error, raised):
            return kind(reason, store=STORE)
    return StoreFailed(f"the connection to the Secret Service failed: {type(error).__name__}", store=STORE)


def _shown(name: str) -> str:
    return repr(name[:_LONGEST_NAME])
