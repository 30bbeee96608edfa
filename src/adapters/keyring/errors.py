"""What a keyring backend raised, as an error of the secrets port.

Backends raise much that is no `KeyringError`, and their texts may quote a value, so only the kind of error is told.
"""

from typing import TYPE_CHECKING

from ...ports.errors import StoreAbsent, StoreError, StoreFailed, StoreLocked, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STORE = "keyring"
"""The name of the store."""

# By name, so that telling them apart imports neither keyring nor what its backends are made of.
_KINDS: "Mapping[str, tuple[type[StoreError], str]]" = {
    "SecretServiceNotAvailableException": (StoreAbsent, "there is no Secret Service"),
    "NoKeyringError": (StoreAbsent, "keyring knows no keychain on this machine"),
    "PromptDismissedException": (StoreLocked, "the keychain is locked, and the prompt to unlock it was dismissed"),
    "LockedException": (StoreLocked, "the keychain is locked"),
    "KeyringLocked": (StoreLocked, "the keychain is locked"),
    "InitError": (StoreLocked, "the keychain could not be opened"),
    "PasswordSetError": (StoreRefused, "the keychain refused to store"),
    "PasswordDeleteError": (StoreRefused, "the keychain refused to delete"),
    "PermissionError": (StoreRefused, "the keychain may not be used by this program"),
}
_SPURIOUS = frozenset({"InitError", "ItemNotFoundException"})
_FINAL = frozenset({"SecretServiceNotAvailableException", "PromptDismissedException"})


class Abandoned(Exception):
    """The caller no longer waits, so nothing more is done."""


def keyring_error(error: BaseException) -> StoreError:
    """Turn an error of a backend into one of the port."""
    if isinstance(error, StoreError):
        return error
    kinds = (_KINDS[name] for name in _names(error) if name in _KINDS)
    kind, reason = next(kinds, (StoreFailed, "the keychain failed"))
    return kind(f"{reason} ({type(error).__name__})", store=STORE)


def is_spurious(error: BaseException) -> bool:
    """Say whether an error comes up now and then under concurrency, so that the same call may succeed at once."""
    names = set(_names(error))
    return not names.isdisjoint(_SPURIOUS) and names.isdisjoint(_FINAL)


def _names(error: BaseException) -> "Iterator[str]":
    """Give the names of the kinds of an error: those of its cause first, which is more exact."""
    for raised in (error.__cause__, error):
        if raised is not None:
            yield from (kind.__name__ for kind in type(raised).__mro__)
