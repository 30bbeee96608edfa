"""The metadata port: remembers what servers say of themselves between two runs. Nothing in it is secret."""

from typing import Protocol


class MetadataStore(Protocol):
    """A cache; it may forget at any time, and what it gives is checked as if it came from the network."""

    def load(self, issuer: str) -> str | None:
        """Give what was last saved for an issuer, or None. Never raises."""
        ...

    def save(self, issuer: str, text: str) -> None:
        """Remember a text of at most a MiB. Never raises: what cannot be kept is asked for again."""
        ...


class AwaitedMetadataStore(Protocol):
    """A `MetadataStore` as the use cases see it: made awaitable."""

    async def load(self, issuer: str) -> str | None:
        """See `MetadataStore.load`."""
        ...

    async def save(self, issuer: str, text: str) -> None:
        """See `MetadataStore.save`."""
        ...
