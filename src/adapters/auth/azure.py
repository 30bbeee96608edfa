"""Azure's credential protocols, `TokenCredential` and `SupportsTokenInfo`, for SDKs that require one.

Azure's packages are not imported, since they check methods and attributes only. Scopes and tenants are ignored, since a
login has one scope.
"""

from collections.abc import Awaitable, Callable, Mapping
from time import time
from typing import Any, NamedTuple, Self

from ...ports.timeouts import AZURE_TOKEN_LIFETIME

TokenSource = Callable[[str | None], tuple[str, float]]
"""Takes the refused token or None; returns a token and when to refresh it, in seconds since 1970-01-01 UTC."""

AwaitedTokenSource = Callable[[str | None], Awaitable[tuple[str, float]]]
"""The asynchronous variant of `TokenSource`."""


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
    """Azure's `AccessTokenInfo`: an `AccessToken` with its type and the time to refresh it."""

    token: str
    expires_on: int
    token_type: str = "Bearer"  # noqa: S105 (the name of a type, RFC 6750 §4)
    refresh_on: int | None = None

    def __repr__(self) -> str:
        return f"AccessTokenInfo(expires_on={self.expires_on})"


class AzureCredential:
    """A `TokenCredential` for blocking clients.

    Args:
        source: returns the tokens.
    """

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        self._last: str | None = None

    def get_token(self, *_scopes: str, claims: str | None = None, **_: object) -> AccessToken:
        """Returns a valid access token.

        Args:
            claims: a claims challenge; it means that the previous token was refused, so that token is refreshed first.

        Raises:
            PromptVMAuthError: there is no token, or it could not be refreshed.
        """
        self._last, until = self._source(self._last if claims else None)
        return AccessToken(self._last, _expires_on(until))

    def get_token_info(self, *scopes: str, options: Mapping[str, Any] | None = None) -> AccessTokenInfo:
        """Returns the token of `get_token` as an `AccessTokenInfo`."""
        return AccessTokenInfo(*self.get_token(*scopes, claims=(options or {}).get("claims")))

    def close(self) -> None:
        """Does nothing, since the caller closes the client."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncAzureCredential:
    """An `AsyncTokenCredential`.

    Args:
        source: returns the tokens.
    """

    def __init__(self, source: AwaitedTokenSource) -> None:
        self._source = source
        self._last: str | None = None

    async def get_token(self, *_scopes: str, claims: str | None = None, **_: object) -> AccessToken:
        """Returns a valid access token; `claims` makes it refresh the previous one first."""
        self._last, until = await self._source(self._last if claims else None)
        return AccessToken(self._last, _expires_on(until))

    async def get_token_info(self, *scopes: str, options: Mapping[str, Any] | None = None) -> AccessTokenInfo:
        """Returns the token of `get_token` as an `AccessTokenInfo`."""
        return AccessTokenInfo(*await self.get_token(*scopes, claims=(options or {}).get("claims")))

    async def close(self) -> None:
        """Does nothing, since the caller closes the client."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _expires_on(until: float) -> int:
    """Returns `until` in whole seconds; for an API key or an unknown expiry, a time in the near future."""
    return int(until if float("-inf") < until < float("inf") else time() + AZURE_TOKEN_LIFETIME)
