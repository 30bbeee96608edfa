"""Which secret store a name stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..domain.errors import UnknownStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..adapters.memory import MemoryLocks
    from ..ports.secrets import SecretStore


class Chosen(NamedTuple):
    """A secret store and what goes with it.

    Attributes:
        store: the store.
        reason: why this one, in half a sentence.
        locks: the locks of an in-memory store; with one, nothing else of the client touches the disk either.
    """

    store: SecretStore
    reason: str
    locks: MemoryLocks | None = None


def choose_store(wanted: SecretStore | str, config_dir: Callable[[], str]) -> Chosen:
    """Give the secret store that is wanted.

    Args:
        wanted: a store, or the name of one.
        config_dir: gives the directory of stores that are files.

    Raises:
        UnknownStore: there is no store of that name.
    """
    if wanted in {"auto", "file"}:
        from ..adapters.encrypted_file import EncryptedFileStore

        return Chosen(EncryptedFileStore(config_dir()), _ASKED if wanted == "file" else "it works everywhere")
    from ..adapters.memory import MemoryStore

    store = MemoryStore() if wanted == "memory" else wanted
    if isinstance(store, str):
        raise UnknownStore(f"there is no secret store {wanted!r}: use 'auto', 'file', 'memory', or pass one")
    return Chosen(store, _ASKED, store.locks if isinstance(store, MemoryStore) else None)


_ASKED = "it was asked for"
