"""The secrets port: what a secret store must implement, in three plain synchronous methods.

All fields of a profile travel at once, so that a token pair is never torn. They are plain text: `access_token`,
`refresh_token`, `expires_at` (RFC 3339); profiles of other servers add `version`, `server` (the issuer), `client_id`,
`client_secret` and `dpop_key`. Fields that a store
does not know are kept and returned unchanged. This module loads nothing but `collections.abc` and `typing`.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from .hidden import Hidden


class SecretStore(Protocol):
    """A place for the secrets of any number of profiles. Calls may come from several threads at once.

    An error that is not one of `ports.errors` is reported as `StoreFailed`, with the store's name: its attribute `name`
    if it has one, else the name of its class.
    """

    def load(self, profile: str) -> Mapping[str, str] | None:
        """Give all fields of a profile, or None if it has none.

        Raises:
            StoreError: the store could not answer. 'I cannot tell' is never None.
        """
        ...

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Replace all fields of a profile; when it returns, they are durable.

        Raises:
            StoreError: nothing was written, or it is not known whether; what was stored before is not lost.
        """
        ...

    def delete(self, profile: str) -> None:
        """Remove all fields of a profile; deleting what is not there is no error.

        Raises:
            StoreError: something may still be there.
        """
        ...


class StoredFields(Hidden[str]):
    """Fields as the use cases hold them."""


class Placement(NamedTuple):
    """Which store took the tokens, and why that one."""

    store: str
    reason: str


class AwaitedSecretStore(Protocol):
    """A `SecretStore` as the use cases see it: made awaitable, and able to say where things are.

    Composition makes one from any `SecretStore`; authors of stores never write it.
    """

    async def load(self, profile: str) -> StoredFields | None:
        """Give all fields of a profile, or None if it has none."""
        ...

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Save the tokens of a login: the one moment at which a store may be chosen."""
        ...

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Try whether `save` would succeed, changing nothing: what a refresh brings can be had only once.

        A store may have a method of this name with these arguments; one without is taken at its word.
        """
        ...

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Save to the store that `load` found them in; a refresh never moves a login elsewhere."""
        ...

    async def delete(self, profile: str) -> None:
        """Remove the fields from every store that may hold them."""
        ...

    async def location(self, profile: str) -> Placement:
        """Say which store holds the profile's fields, or would be chosen by a login, and why."""
        ...


class ProbedSecretStore(AwaitedSecretStore, Protocol):
    """One store that can say beforehand whether it can be used."""

    @property
    def name(self) -> str:
        """The store's name."""
        ...

    async def probe(self) -> None:
        """Checks that the store can be used, writing nothing.

        Raises:
            StoreError: it cannot, and why.
        """
        ...
