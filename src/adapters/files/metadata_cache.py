"""A cache of metadata documents, in memory or in one file per issuer: `metadata/<hash of the issuer>.json`."""

import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from .reading import check_deciding_directory, read_deciding

if TYPE_CHECKING:
    from ...ports.metadata import MetadataStore
    from ..stores.awaited import Runner

MAX_BYTES = 1024 * 1024
"""The largest file, in bytes: 1 MiB."""


class MetadataFiles:
    """A `MetadataStore` in one directory, which is created on the first save.

    Args:
        directory: the parent of the directory `metadata`.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory = os.path.join(os.path.abspath(directory), "metadata")

    def load(self, issuer: str) -> str | None:
        """Returns the text last saved for an issuer; None if there is none, or if it cannot be read."""
        with suppress(OSError, UnicodeDecodeError):
            if check_deciding_directory(self._directory):
                content = read_deciding(self._path(issuer), MAX_BYTES)
                return None if content is None else content.decode()
        return None

    def save(self, issuer: str, text: str) -> None:
        """Saves a text for an issuer; a failure is ignored."""
        from .durable_write import make_private_directory, replace_durably

        with suppress(OSError, UnicodeEncodeError):
            make_private_directory(self._directory)
            replace_durably(self._path(issuer), text.encode())

    def _path(self, issuer: str) -> str:
        return os.path.join(self._directory, f"{sha256(issuer.encode()).hexdigest()}.json")


class MemoryMetadata:
    """A `MetadataStore` in memory, for clients that do not use the disk."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def load(self, issuer: str) -> str | None:
        """Returns the text last saved for an issuer, or None."""
        return self._texts.get(issuer)

    def save(self, issuer: str, text: str) -> None:
        """Saves a text for an issuer."""
        self._texts[issuer] = text


class AwaitedMetadata:
    """An `AwaitedMetadataStore` made from a `MetadataStore`.

    Args:
        store: the store.
        run: runs its methods, inline or in a thread.
    """

    def __init__(self, store: "MetadataStore", run: "Runner") -> None:
        self._store = store
        self._run = run

    async def load(self, issuer: str) -> str | None:
        """Returns the text last saved for an issuer, or None."""
        return await self._run(self._store.load, issuer)

    async def save(self, issuer: str, text: str) -> None:
        """Saves a text for an issuer."""
        await self._run(self._store.save, issuer, text)
