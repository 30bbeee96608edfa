"""Converts the errors of a keyring backend to those of the secrets port.

Backends raise many errors that are not a `KeyringError`. Their texts may quote a value, so only the type is shown.
"""

from typing import TYPE_CHECKING

from ...ports.errors import StoreAbsent, StoreError, StoreFailed, StoreLocked, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STORE = "keyring"
"""The name of the store."""

# By name, so that neither keyring nor the packages of its backends must be imported.
_KINDS: "Mapping[str, tuple[type[StoreError], str]]" = {
    "SecretServiceNotAvailableException": (StoreAbsent, "there is no Secret Service"),
    "NoKeyringError": (StoreAbsent, "keyring found no keychain on this machine"),
    "PromptDismissedException": (StoreLocked, "the keychain is locked, and the prompt to unlock it was dismissed"),
    "LockedException": (StoreLocked, "the keychain is locked"),
    "KeyringLocked": (StoreLocked, "the keychain is locked"),
    "InitError": (StoreLocked, "the keychain could not be opened"),
    "PasswordSetError": (StoreRefused, "the keychain refused to save"),
    "PasswordDeleteError": (StoreRefused, "the keychain refused to delete"),
    "PermissionError": (StoreRefused, "this program may not use the keychain"),
}
_SPURIOUS = frozenset({"InitError", "ItemNotFoundException"})
_FINAL = frozenset({"SecretServiceNotAvailableException", "PromptDismissedException"})


class Abandoned(Exception):
    """The caller no longer waits for the call."""


def keyring_error(error: BaseException) -> StoreError:
    """Returns the port's error for an error of a backend."""
    if isinstance(error, StoreError):
        return error
    kinds = (_KINDS[name] for name in _names(error) if name in _KINDS)
    kind, reason = next(kinds, (StoreFailed, "the keychain failed"))
    return kind(f"{reason} ({type(error).__name__})", store=STORE)


def is_spurious(error: BaseException) -> bool:
    """Returns whether an error is sporadic under concurrency, so that the same call may succeed at once."""
    names = set(_names(error))
    return not names.isdisjoint(_SPURIOUS) and names.isdisjoint(_FINAL)


def _names(error: BaseException) -> "Iterator[str]":
    """Returns the names of the classes of an error; those of its cause first, which are more specific."""
    for raised in (error.__cause__, error):
        if raised is not None:
            yield from (kind.__name__ for kind in type(raised).__mro__)
