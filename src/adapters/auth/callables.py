"""A token as a plain function, for SDKs that take a callable in place of a key."""

from collections.abc import Awaitable, Callable


class TokenProvider:
    """A `Callable[[], str]`.

    Args:
        token: gives a fresh token.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self) -> str:
        """Give a fresh token.

        Raises:
            PromptVMAuthError: there is none; see `OAuthClient.access_token`.
        """
        return self._token()


class AsyncTokenProvider:
    """A `Callable[[], Awaitable[str]]`.

    Args:
        token: gives a fresh token.
    """

    def __init__(self, token: Callable[[], Awaitable[str]]) -> None:
        self._token = token

    async def __call__(self) -> str:
        """See `TokenProvider`."""
        return await self._token()
