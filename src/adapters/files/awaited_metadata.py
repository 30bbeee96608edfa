"""The cache of metadata, lifted so that flows can await it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...ports.metadata import MetadataStore
    from ..stores.awaited import Call


class LiftedMetadata:
    """A `MetadataStore` as flows see it."""

    def __init__(self, store: MetadataStore, call: Call) -> None:
        """Take the store and how to call it."""
        self._store = store
        self._call = call

    async def load(self, issuer: str) -> str | None:
        """Give what was last saved for an issuer, or None."""
        return await self._call(self._store.load, issuer)

    async def save(self, issuer: str, text: str) -> None:
        """Remember a text."""
        await self._call(self._store.save, issuer, text)
