"""The profiles port: the named profiles of this user and which of them is active. Holds no OAuth token.

A profile is a plain mapping of text. The keys are those of the shared profile file: `name`, `api_key`, `public_key`,
`secret_key`, `base_url`, `environment`, `organization`, `auth_type`, `token_ref`, `expires_at`, `user_id` and
`user_email`. A profile of another server than PromptVM has `issuer` and `client_id` as well, and `scope` as granted.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from .secrets import StoredFields


def split_key_pair(api_key: str) -> tuple[str, str] | None:
    """Returns public and secret half of a legacy `pk_…:sk_…` API key, or None for a key of any other form."""
    public_key, colon, secret_key = api_key.partition(":")
    is_pair = colon and public_key.startswith("pk_") and secret_key.startswith("sk_")
    return (public_key, secret_key) if is_pair else None


class ProfileStore(Protocol):
    """Profiles. Plain synchronous methods; calls may come from several threads at once.

    Every method raises `ProfileError`, naming the file, when something cannot be read or written.
    """

    def active(self) -> str:
        """Give the active profile's name; empty if none is, `default` if nothing was ever configured."""
        ...

    def activate(self, name: str) -> None:
        """Make a profile the active one; the empty name means none."""
        ...

    def load(self, name: str) -> Mapping[str, str] | None:
        """Give a profile's fields, those that are not empty, or None if there is no such profile."""
        ...

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replace a profile's fields; empty ones are left out.

        What the stored profile holds beside the keys above is kept.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove a profile; removing what is not there is no error."""
        ...

    def names(self) -> Sequence[str]:
        """Give the names of all profiles, sorted."""
        ...


class AwaitedProfileStore(Protocol):
    """A `ProfileStore` as the use cases see it: made awaitable. Composition makes one from any `ProfileStore`."""

    async def active(self) -> str:
        """See `ProfileStore.active`."""
        ...

    async def activate(self, name: str) -> None:
        """See `ProfileStore.activate`."""
        ...

    async def load(self, name: str) -> StoredFields | None:
        """See `ProfileStore.load`."""
        ...

    async def save(self, name: str, fields: Mapping[str, str]) -> None:
        """See `ProfileStore.save`."""
        ...

    async def delete(self, name: str) -> None:
        """See `ProfileStore.delete`."""
        ...

    async def names(self) -> Sequence[str]:
        """See `ProfileStore.names`."""
        ...
