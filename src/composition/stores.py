"""Chooses the secret stores of a client, and the directories of their locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..adapters.files import config_dir as places
from ..adapters.keyring.keychain import OWN_SERVICE, PYTHON_SERVICE, keychain, own_keychain
from ..adapters.stores.encrypted_file import EncryptedFileStore
from ..adapters.stores.memory import MemoryStore
from ..domain.errors import UnknownStore
from ..ports.profiles import Users

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..adapters.locks.memory import MemoryLocks
    from ..ports.secrets import SecretStore

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
        unshared: the name of the store's own profiles if the Go tool cannot see the store, else empty.
    """

    store: SecretStore
    reason: str = _CHOSEN
    keychain: SecretStore | None = None
    lock_dirs: tuple[str, ...] = ()
    locks: MemoryLocks | None = None
    unshared: str = ""


def choose_store(wanted: SecretStore | str, config_dir: Callable[[], str], users: Users = Users.ONE) -> Chosen:
    """Returns a secret store with its locks.

    Args:
        wanted: a store, or the name of one.
        config_dir: returns the directory for stores that are files.
        users: whose logins are kept; one user's are shared with the Go tool in a store that it has.

    Raises:
        UnknownStore: there is no store of that name, or it could not be built.
    """
    match wanted:
        case "auto":  # the user's own directory has the locks of the keychain, which all directories share
            store, unshared = keychain(users)
            file = EncryptedFileStore(places.store_dir(config_dir(), unshared))
            dirs = tuple(dict.fromkeys((places.config_dir(), config_dir())))
            chosen = Chosen(file, _NO_OTHER, store, dirs, unshared=unshared)
        case "file":
            unshared = "file" if users is Users.MANY else ""
            file = EncryptedFileStore(places.store_dir(config_dir(), unshared))
            chosen = Chosen(file, lock_dirs=(config_dir(),), unshared=unshared)
        case "keyring":
            store, unshared = keychain(users)
            chosen = Chosen(store, lock_dirs=(places.config_dir(),), unshared=unshared)
        case "python-keyring":
            chosen = Chosen(own_keychain(PYTHON_SERVICE), lock_dirs=(places.config_dir(),), unshared=PYTHON_SERVICE)
        case "memory":
            chosen = _passed(MemoryStore(), config_dir)
        case str():
            chosen = Chosen(_registered(wanted), lock_dirs=(config_dir(),), unshared=f"registered {wanted}")
        case _:
            chosen = _passed(wanted, config_dir)
    return chosen


def choose_own_store(wanted: SecretStore | str, config_dir: Callable[[], str]) -> Chosen | None:
    """Returns the store for tokens of standard servers, which the Go tool must not see.

    It is None if the Go tool does not use the wanted store, so that all logins may share that store.

    Args:
        wanted: a store, or the name of one.
        config_dir: returns the directory for stores that are files.
    """
    match wanted:
        case "auto":
            return Chosen(EncryptedFileStore(places.own_dir(config_dir())), _NO_OTHER, own_keychain(OWN_SERVICE))
        case "file":
            return Chosen(EncryptedFileStore(places.own_dir(config_dir())))
        case "keyring" | "python-keyring":
            return Chosen(own_keychain(OWN_SERVICE))
        case _:
            return None


def _passed(store: SecretStore, config_dir: Callable[[], str]) -> Chosen:
    if isinstance(store, MemoryStore):
        return Chosen(store, locks=store.locks, unshared="memory")
    name = str(getattr(store, "name", type(store).__name__))
    return Chosen(store, lock_dirs=(config_dir(),), unshared=f"passed {name}")


def _registered(name: str) -> SecretStore:
    from ..adapters.stores.registered import registered_store

    try:
        return registered_store(name)
    except LookupError as error:
        names = "'auto', 'keyring', 'file', 'memory', 'python-keyring'"
        raise UnknownStore(f"{error}: use {names}, a registered name, or pass a store") from error
