"""The metadata port: caches the metadata documents of authorization servers. It holds no secrets."""

from typing import Protocol


class MetadataStore(Protocol):
    """A cache; it may lose entries at any time, and callers check its texts as if they came from the network."""

    def load(self, issuer: str) -> str | None:
        """Returns the text last saved for an issuer, or None. Never raises."""
        ...

    def save(self, issuer: str, text: str) -> None:
        """Saves a text of at most 1 MiB for an issuer. Never raises: a text that was not saved is fetched again."""
        ...


class AwaitedMetadataStore(Protocol):
    """A `MetadataStore` with awaitable methods, for the use cases."""

    async def load(self, issuer: str) -> str | None:
        """Returns the text last saved for an issuer, or None. Never raises."""
        ...

    async def save(self, issuer: str, text: str) -> None:
        """Saves a text for an issuer. Never raises."""
        ...
