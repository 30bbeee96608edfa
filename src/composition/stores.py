"""Which secret store a name stands for, and where its locks are."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ..adapters.system.terminal import is_terminal
from ..domain.errors import UnknownStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..adapters.locks.memory import MemoryLocks
    from ..ports.secrets import SecretStore

ENTRY_POINTS = "promptvm_oauth.secret_stores"
"""The entry-point group under which other packages register stores: a name, and a callable without arguments."""

OWN_SERVICE = "promptvm-oauth-servers"
"""The keychain service of profiles of other servers than PromptVM."""

UNLOCK_TIME = 60.0
"""Seconds that a person at a terminal has to unlock the keychain."""

_ASKED = "it was asked for"


class Chosen(NamedTuple):
    """A secret store and what goes with it.

    Attributes:
        store: the store; of `auto`, the file.
        reason: why this one, in half a sentence.
        keychain: the store that `auto` prefers, or None.
        lock_dirs: the directories whose locks guard a credential, in the order in which they are taken.
        locks: the locks of an in-memory store; with one, nothing else of the client touches the disk either.
    """

    store: SecretStore
    reason: str = _ASKED
    keychain: SecretStore | None = None
    lock_dirs: tuple[str, ...] = ()
    locks: MemoryLocks | None = None


def choose_store(wanted: SecretStore | str, config_dir: Callable[[], str]) -> Chosen:
    """Give the secret store that is wanted.

    Args:
        wanted: a store, or the name of one.
        config_dir: gives the directory of stores that are files.

    Raises:
        UnknownStore: there is no store of that name, or it could not be made.
    """
    if isinstance(wanted, str):
        return _NAMED.get(wanted, partial(_registered, wanted))(config_dir)
    from ..adapters.stores.memory import MemoryStore

    if isinstance(wanted, MemoryStore):
        return Chosen(wanted, locks=wanted.locks)
    return Chosen(wanted, lock_dirs=(config_dir(),))


def choose_own_store(wanted: SecretStore | str, own_dir: Callable[[], str]) -> Callable[[], Chosen] | None:
    """Give what makes the store for profiles of other servers than PromptVM, whose entries the Go tool must not see.

    Args:
        wanted: as for `choose_store`.
        own_dir: gives the directory of what is not shared.

    Returns:
        None where the store that is wanted is nobody's but the embedder's, so that all profiles may share it.
    """
    make = _OWN.get(wanted) if isinstance(wanted, str) else None
    return None if make is None else partial(make, own_dir)


def _own_auto(own_dir: Callable[[], str]) -> Chosen:
    return _file(own_dir)._replace(reason="there is no other place", keychain=_own_keychain())


def _own_keyring(_: Callable[[], str]) -> Chosen:
    return Chosen(_own_keychain())


def _own_keychain() -> SecretStore:
    from ..adapters.stores.keyring_store import KeyringStore

    return KeyringStore(OWN_SERVICE)


def _auto(config_dir: Callable[[], str]) -> Chosen:
    dirs = tuple(dict.fromkeys((_user_dir(), config_dir())))
    return _file(config_dir)._replace(reason="there is no other place", keychain=_keychain(), lock_dirs=dirs)


def _file(config_dir: Callable[[], str]) -> Chosen:
    from ..adapters.stores.encrypted_file import EncryptedFileStore

    return Chosen(EncryptedFileStore(config_dir()), lock_dirs=(config_dir(),))


def _keyring(_: Callable[[], str]) -> Chosen:
    return Chosen(_keychain(), lock_dirs=(_user_dir(),))


def _python_keyring(_: Callable[[], str]) -> Chosen:
    from ..adapters.stores.keyring_store import KeyringStore

    return Chosen(KeyringStore(), lock_dirs=(_user_dir(),))


def _memory(_: Callable[[], str]) -> Chosen:
    from ..adapters.stores.memory import MemoryStore

    store = MemoryStore()
    return Chosen(store, locks=store.locks)


def _registered(name: str, config_dir: Callable[[], str]) -> Chosen:
    from importlib.metadata import entry_points

    found = tuple(entry_points(group=ENTRY_POINTS, name=name))
    if len(found) != 1:
        how_many = "more than one secret store" if found else "no secret store"
        raise UnknownStore(
            f"{how_many} is called {name!r}: use {', '.join(map(repr, _NAMED))}, a name that an installed package "
            f"registers under {ENTRY_POINTS}, or pass a store"
        )
    try:
        store: SecretStore = found[0].load()()
    except Exception as error:
        raise UnknownStore(f"the secret store {name!r} could not be made: {type(error).__name__}") from error
    return Chosen(store, lock_dirs=(config_dir(),))


_OWN: dict[str, Callable[[Callable[[], str]], Chosen]] = {
    "auto": _own_auto,
    "keyring": _own_keyring,
    "file": _file,
    "python-keyring": _own_keyring,
}

_NAMED: dict[str, Callable[[Callable[[], str]], Chosen]] = {
    "auto": _auto,
    "keyring": _keyring,
    "file": _file,
    "memory": _memory,
    "python-keyring": _python_keyring,
}


def _keychain() -> SecretStore:
    """Give the OS keychain: on Linux the entries that the tool `promptvm` shares, elsewhere ones of our own."""
    platform: str = sys.platform
    if platform.startswith("linux"):
        from ..adapters.secret_service.store import SecretServiceStore

        at_terminal = is_terminal(sys.stdin) and is_terminal(sys.stderr)
        return SecretServiceStore(prompt_timeout=UNLOCK_TIME if at_terminal else None)
    from ..adapters.stores.keyring_store import KeyringStore

    return KeyringStore()


def _user_dir() -> str:
    """Give the user's own directory: all config directories share one keychain, so its locks are there."""
    from ..adapters.files.config_dir import config_dir

    return config_dir(os.environ)
