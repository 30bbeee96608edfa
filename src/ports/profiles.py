"""The profiles port: the named profiles of this user, and which of them is active. A profile holds no OAuth token.

A profile is a plain mapping of text. Its keys are those of the profile file that the Go tool shares: `name`, `api_key`,
`public_key`, `secret_key`, `base_url`, `environment`, `organization`, `auth_type`, `token_ref`, `expires_at`, `user_id`
and `user_email`. A profile of another server than PromptVM also has `issuer`, `client_id`, `scope` as granted, and what
its login asked for: `asked_scope`, `prompt`, `authorize_parameters` (a query) and `trusted_origins` (with spaces).
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol

from .secrets import StoredFields


class Users(Enum):
    """Whose logins a client keeps."""

    ONE = "one"
    """One user's, on a machine of theirs: one profile is the active one, and the Go tool's files are shared."""

    MANY = "many"
    """Many users': each call names its profile, none is active, and no file of the Go tool is read or written."""


def split_key_pair(api_key: str) -> tuple[str, str] | None:
    """Returns the public and the secret part of a legacy `pk_…:sk_…` API key, or None for any other API key.

    A key with two colons is another API key: the Go tool splits at exactly one.
    """
    public_key, _, secret_key = api_key.partition(":")
    is_pair = api_key.count(":") == 1 and public_key.startswith("pk_") and secret_key.startswith("sk_")
    return (public_key, secret_key) if is_pair else None


class ProfileStore(Protocol):
    """Stores profiles. Methods are synchronous; several threads may call them at once.

    Every method raises `ProfileError` if a name is invalid, or if something cannot be read or written; the text names
    the file.
    """

    def active(self) -> str:
        """Returns the name of the active profile.

        Returns:
            The name; empty if no profile is active, since the active one was signed out or removed; `default` if no
            profile was ever activated. A profile of this name need not exist.

        Raises:
            ProfileError: the configuration cannot be read.
        """
        ...

    def activate(self, name: str) -> None:
        """Makes a profile the active one.

        Args:
            name: the name of the profile, which need not exist; the empty text means that no profile is active.

        Raises:
            ProfileError: the name is invalid, or the configuration cannot be read or written.
        """
        ...

    def load(self, name: str) -> Mapping[str, str] | None:
        """Returns the fields of a profile.

        Args:
            name: the name of the profile.

        Returns:
            A copy of the fields that are not empty, or None if there is no such profile.

        Raises:
            ProfileError: the name is invalid, or the profile cannot be read.
        """
        ...

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile, replacing all its previous fields.

        Keys of the stored profile which this package does not know are kept.

        Args:
            name: the name of the profile, which is created if there is none.
            fields: all fields of the profile; empty ones are left out.

        Raises:
            ProfileError: the name or a field is invalid, or the profile cannot be written.
        """
        ...

    def delete(self, name: str) -> None:
        """Deletes a profile. Deleting a profile that does not exist is not an error.

        Args:
            name: the name of the profile; it stays the active one if it was.

        Raises:
            ProfileError: the name is invalid, or the profile cannot be deleted.
        """
        ...

    def names(self) -> Sequence[str]:
        """Returns the names of all profiles, sorted.

        Raises:
            ProfileError: the profiles cannot be listed.
        """
        ...


class AwaitedProfileStore(Protocol):
    """A `ProfileStore` with awaitable methods, for the use cases. Composition makes one from any `ProfileStore`."""

    async def active(self) -> str:
        """Returns the name of the active profile, as `ProfileStore.active` does."""
        ...

    async def activate(self, name: str) -> None:
        """Makes a profile the active one, as `ProfileStore.activate` does."""
        ...

    async def lacks_workspace(self, name: str) -> bool:
        """Returns whether a profile is shared with the Go tool, whose configuration names no default workspace.

        A `ProfileStore` may implement this and `save_workspace` too, synchronously.
        """
        ...

    async def save_workspace(self, workspace: str) -> None:
        """Saves the default workspace of the Go tool, unless there is one by now."""
        ...

    async def load(self, name: str) -> StoredFields | None:
        """Returns the fields of a profile, or None if there is no such profile."""
        ...

    async def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile, replacing all its previous fields."""
        ...

    async def delete(self, name: str) -> None:
        """Deletes a profile."""
        ...

    async def names(self) -> Sequence[str]:
        """Returns the names of all profiles, sorted."""
        ...
