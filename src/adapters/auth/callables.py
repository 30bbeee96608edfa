"""A token as a function, for SDKs that accept a callable as their API key."""

from collections.abc import Awaitable, Callable


class TokenProvider:
    """A `Callable[[], str]`.

    Args:
        token: returns a valid access token.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self) -> str:
        """Returns a valid access token.

        Raises:
            PromptVMAuthError: there is no token, as `OAuthClient.access_token` raises it.
        """
        return self._token()


class AsyncTokenProvider:
    """A `Callable[[], Awaitable[str]]`.

    Args:
        token: returns a valid access token.
    """

    def __init__(self, token: Callable[[], Awaitable[str]]) -> None:
        self._token = token

    async def __call__(self) -> str:
        """Returns a valid access token."""
        return await self._token()
