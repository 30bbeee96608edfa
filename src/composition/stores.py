"""Which secret store a name stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from ..domain.errors import UnknownStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..adapters.memory import MemoryStore
    from ..ports.secrets import SecretStore


def open_store(chosen: SecretStore | str, config_dir: Callable[[], str]) -> tuple[SecretStore, str]:
    """Give a secret store and why it is this one.

    Args:
        chosen: a store, or the name of one.
        config_dir: gives the directory of stores that are files.

    Raises:
        UnknownStore: there is no store of that name.
    """
    if not isinstance(chosen, str):
        return chosen, "it was given"
    if chosen == "memory":
        from ..adapters.memory import MemoryStore

        return MemoryStore(), "it was asked for"
    if chosen in {"auto", "file"}:
        from ..adapters.encrypted_file import EncryptedFileStore

        return EncryptedFileStore(config_dir()), "it was asked for" if chosen == "file" else "it works everywhere"
    raise UnknownStore(f"there is no secret store {chosen!r}: use 'auto', 'file', 'memory', or pass one")


def is_memory(store: SecretStore) -> TypeGuard[MemoryStore]:
    """Say whether a store is this package's own in-memory one, so that nothing else of the client touches the disk."""
    from ..adapters.memory import MemoryStore

    return isinstance(store, MemoryStore)
