"""The shape of Azure's credentials, `TokenCredential` and `SupportsTokenInfo`, for SDKs that ask for one.

Azure's packages are not imported: they look at methods and attributes alone. Scopes and tenants are theirs; a login
has one scope, so they are passed over.
"""

from collections.abc import Awaitable, Callable, Mapping
from time import time
from typing import Any, NamedTuple, Self

from ...ports.timeouts import AZURE_TOKEN_LIFETIME

Ask = Callable[[str | None], tuple[str, float]]
"""Given the token that was refused, or None: a token, and when to ask again, in seconds since 1970-01-01 UTC."""

AwaitedAsk = Callable[[str | None], Awaitable[tuple[str, float]]]
"""The same for asyncio."""


class AccessToken(NamedTuple):
    """Azure's `AccessToken`.

    Attributes:
        token: the access token.
        expires_on: seconds since 1970-01-01 UTC.
    """

    token: str
    expires_on: int

    def __repr__(self) -> str:
        return f"AccessToken(expires_on={self.expires_on})"


class AccessTokenInfo(NamedTuple):
    """Azure's `AccessTokenInfo`; see `AccessToken`."""

    token: str
    expires_on: int
    token_type: str = "Bearer"  # noqa: S105 (the name of a type, RFC 6750 §4)
    refresh_on: int | None = None

    def __repr__(self) -> str:
        return f"AccessTokenInfo(expires_on={self.expires_on})"


class AzureCredential:
    """A `TokenCredential`, for blocking clients.

    Args:
        ask: gives the tokens.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._last: str | None = None

    def get_token(self, *_scopes: str, claims: str | None = None, **_: object) -> AccessToken:
        """Give a fresh token; a claims challenge says that the last one was refused, so it is renewed.

        Raises:
            PromptVMAuthError: there is none, or it could not be renewed.
        """
        self._last, until = self._ask(self._last if claims else None)
        return AccessToken(self._last, _expires_on(until))

    def get_token_info(self, *scopes: str, options: Mapping[str, Any] | None = None) -> AccessTokenInfo:
        """Give what `get_token` gives, in the newer shape."""
        return AccessTokenInfo(*self.get_token(*scopes, claims=(options or {}).get("claims")))

    def close(self) -> None:
        """Do nothing: the client that made this is closed by its owner."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncAzureCredential:
    """An `AsyncTokenCredential`.

    Args:
        ask: gives the tokens.
    """

    def __init__(self, ask: AwaitedAsk) -> None:
        self._ask = ask
        self._last: str | None = None

    async def get_token(self, *_scopes: str, claims: str | None = None, **_: object) -> AccessToken:
        """See `AzureCredential.get_token`."""
        self._last, until = await self._ask(self._last if claims else None)
        return AccessToken(self._last, _expires_on(until))

    async def get_token_info(self, *scopes: str, options: Mapping[str, Any] | None = None) -> AccessTokenInfo:
        """Give what `get_token` gives, in the newer shape."""
        return AccessTokenInfo(*await self.get_token(*scopes, claims=(options or {}).get("claims")))

    async def close(self) -> None:
        """Do nothing: the client that made this is closed by its owner."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _expires_on(until: float) -> int:
    """Give the moment as Azure counts it, for a key and for an unknown lifetime too."""
    return int(until if float("-inf") < until < float("inf") else time() + AZURE_TOKEN_LIFETIME)
