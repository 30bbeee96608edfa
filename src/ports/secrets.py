"""The secrets port: what a secret store must implement, in three synchronous methods.

All fields of a profile are loaded and saved together, so that a store never mixes old and new tokens. They are text:
`access_token`, `refresh_token`, `expires_at` (RFC 3339); profiles of other servers add `version`, `server` (the
issuer), `client_id`, `client_secret` and `dpop_key`. A store keeps fields that it does not know and returns them
unchanged. This module imports nothing but `collections.abc` and `typing`.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol

from .hidden import Hidden

StoreName = Literal["auto", "keyring", "file", "memory", "python-keyring"]
"""The stores that every installation has; packages register others."""


class SecretStore(Protocol):
    """Stores the secrets of any number of profiles. Several threads may call it at once.

    Embedders may implement it. An error that is not one of `ports.errors` is reported as `StoreFailed` with the name of
    the store: its attribute `name` if it has one, else the name of its class.
    """

    def load(self, profile: str) -> Mapping[str, str] | None:
        """Returns all fields of a profile.

        Args:
            profile: the name of the profile.

        Returns:
            A copy of the fields, or None if the profile has none.

        Raises:
            StoreError: the store cannot tell whether the profile has fields, or cannot read them. It never returns None
                in this case.
        """
        ...

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile, replacing all its previous fields. They are durable when it returns.

        Args:
            profile: the name of the profile.
            fields: all fields of the profile, as text.

        Raises:
            StoreError: the fields were not written, or the store does not know whether they were; the previous fields
                are not lost.
        """
        ...

    def delete(self, profile: str) -> None:
        """Deletes all fields of a profile. Deleting a profile that has none is not an error.

        Args:
            profile: the name of the profile.

        Raises:
            StoreError: some of the fields may still be stored.
        """
        ...


class StoredFields(Hidden[str]):
    """The fields of a profile as the use cases pass them on: `repr` shows no values."""


class Placement(NamedTuple):
    """The store that holds the tokens, and why it was chosen."""

    store: str
    reason: str


class AwaitedSecretStore(Protocol):
    """A `SecretStore` with awaitable methods, which also tells where the tokens are, for the use cases.

    Composition makes one from any `SecretStore`; authors of stores do not implement it.
    """

    async def load(self, profile: str) -> StoredFields | None:
        """Returns all fields of a profile, or None if it has none."""
        ...

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Saves the tokens of a login to the store that is chosen now, and returns which one it is."""
        ...

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Checks that `save` would succeed, without saving: a refresh token can be used only once.

        A `SecretStore` may implement this method too, synchronously; one without it is assumed to be able to save.

        Args:
            profile: the name of the profile.
            fields: fields like those that will be saved.

        Raises:
            StoreError: `save` would fail.
        """
        ...

    async def unlock(self, profile: str, *, everywhere: bool = False) -> bool:
        """Unlocks the store for a profile, with a prompt if it is locked; no other method shows one.

        It is called before the profile's lock is taken, so that no process waits for another one's user. A
        `SecretStore` may implement it too, synchronously, as `unlock(profile, waiting)`: it calls `waiting(passed,
        seconds)` several times a second while a prompt is open, with the seconds that have passed and those that the
        user has, and what `waiting` raises ends the wait. A store without it is never locked, or asks in `load`.

        Args:
            profile: the name of the profile.
            everywhere: whether all places of the store will be used, as by a login or a logout, and not only the one
                that has the profile's tokens. A place that stays locked is no error then if another can be used.

        Returns:
            Whether the store can be unlocked, and is.

        Raises:
            StoreLocked: the user did not answer in time, or would not see a prompt.
            StoreRefused: the user dismissed the prompt.
            StoreError: the store failed.
        """
        ...

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Saves the fields to the store that `load` found them in; a refresh never moves a login to another store."""
        ...

    async def delete(self, profile: str) -> None:
        """Deletes the fields of a profile from every store that may hold them."""
        ...

    async def location(self, profile: str) -> Placement:
        """Returns the store that holds the fields of a profile, or that a login would choose, and why."""
        ...


class ProbedSecretStore(AwaitedSecretStore, Protocol):
    """One store which can be checked before it is used."""

    @property
    def name(self) -> str:
        """The store's name."""
        ...

    async def probe(self) -> None:
        """Checks that the store can be used, without writing.

        Raises:
            StoreError: the store cannot be used; the text says why.
        """
        ...
