"""Chooses the secret stores of a client, and the directories of their locks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ..adapters.stores.encrypted_file import EncryptedFileStore
from ..adapters.stores.memory import MemoryStore
from ..domain.errors import UnknownStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..adapters.locks.memory import MemoryLocks
    from ..ports.secrets import SecretStore

OWN_SERVICE = "promptvm-oauth-servers"
"""The keychain service for tokens of standard servers."""

PYTHON_SERVICE = "promptvm-oauth"
"""The keychain service for PromptVM's tokens that are not shared with the Go tool."""

_CHOSEN = "you chose it"
_NO_OTHER = "no keychain is usable"


class Chosen(NamedTuple):
    """A secret store with its locks.

    Attributes:
        store: the store; for `auto`, the encrypted file.
        reason: why this store was chosen, in half a sentence.
        keychain: the store that `auto` prefers, or None.
        lock_dirs: the directories of the lock files, in the order in which they are taken.
        locks: the locks of an in-memory store, or None; with an in-memory store the client writes nothing to disk.
    """

    store: SecretStore
    reason: str = _CHOSEN
    keychain: SecretStore | None = None
    lock_dirs: tuple[str, ...] = ()
    locks: MemoryLocks | None = None


def choose_store(wanted: SecretStore | str, config_dir: Callable[[], str]) -> Chosen:
    """Returns a secret store with its locks.

    Args:
        wanted: a store, or the name of one.
        config_dir: returns the directory for stores that are files.

    Raises:
        UnknownStore: there is no store of that name, or it could not be built.
    """
    match wanted:
        case "auto":
            dirs = tuple(dict.fromkeys((user_dir(), config_dir())))
            chosen = Chosen(EncryptedFileStore(config_dir()), _NO_OTHER, _keychain(), dirs)
        case "file":
            chosen = Chosen(EncryptedFileStore(config_dir()), lock_dirs=(config_dir(),))
        case "keyring":
            chosen = Chosen(_keychain(), lock_dirs=(user_dir(),))
        case "python-keyring":
            chosen = Chosen(_own_keychain(PYTHON_SERVICE), lock_dirs=(user_dir(),))
        case "memory":
            chosen = _passed(MemoryStore(), config_dir)
        case str():
            chosen = Chosen(_registered(wanted), lock_dirs=(config_dir(),))
        case _:
            chosen = _passed(wanted, config_dir)
    return chosen


def choose_own_store(wanted: SecretStore | str, own_dir: Callable[[], str]) -> Chosen | None:
    """Returns the store for tokens of standard servers, which the Go tool must not see.

    It is None if the Go tool does not use the wanted store, so that all logins may share that store.

    Args:
        wanted: a store, or the name of one.
        own_dir: returns the directory for files that are not shared with the Go tool.
    """
    match wanted:
        case "auto":
            return Chosen(EncryptedFileStore(own_dir()), _NO_OTHER, _own_keychain())
        case "file":
            return Chosen(EncryptedFileStore(own_dir()))
        case "keyring" | "python-keyring":
            return Chosen(_own_keychain())
        case _:
            return None


def user_dir() -> str:
    """Returns the user's configuration directory; it has the locks of the keychain, which all directories share."""
    from ..adapters.files.config_dir import config_dir

    return config_dir(os.environ)


def _passed(store: SecretStore, config_dir: Callable[[], str]) -> Chosen:
    if isinstance(store, MemoryStore):
        return Chosen(store, locks=store.locks)
    return Chosen(store, lock_dirs=(config_dir(),))


def _registered(name: str) -> SecretStore:
    from ..adapters.stores.registered import registered_store

    try:
        return registered_store(name)
    except LookupError as error:
        names = "'auto', 'keyring', 'file', 'memory', 'python-keyring'"
        raise UnknownStore(f"{error}: use {names}, a registered name, or pass a store") from error


def _keychain() -> SecretStore:
    from ..adapters.keyring.keychain import keychain

    return keychain()


def _own_keychain(service: str = OWN_SERVICE) -> SecretStore:
    from ..adapters.keyring.keychain import own_keychain

    return own_keychain(service)
