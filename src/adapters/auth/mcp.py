"""The shape of the MCP SDK's `TokenStorage`: its OAuth client finds the login of a profile, and keeps its own in it.

The SDK is not imported: it looks at attributes alone. It is given no refresh token, since a refresh that goes past the
lock would end the session for every other program.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from attrs import field, frozen


@frozen
class McpToken:
    """The MCP SDK's `OAuthToken`.

    Attributes:
        access_token: the access token.
        token_type: always `Bearer`.
        expires_in: seconds until it is worth asking again, or None if nobody knows.
        scope: always None: as granted.
        refresh_token: always None.
    """

    access_token: str = field(repr=False)
    expires_in: int | None = None
    token_type: str = "Bearer"  # noqa: S105 (the name of a type, RFC 6750 §4)
    scope: None = None
    refresh_token: None = None


class GivenToken(Protocol):
    """An `OAuthToken` as the SDK gives it to be kept."""

    @property
    def access_token(self) -> str:
        """The access token."""
        ...

    @property
    def expires_in(self) -> int | None:
        """Seconds that it lives."""
        ...

    @property
    def refresh_token(self) -> str | None:
        """The refresh token."""
        ...


Load = Callable[[], Awaitable[tuple[str, float | None] | None]]
"""Gives a fresh token and the seconds until it is worth asking again, or None if only a login would help."""

Save = Callable[[str, str | None, float | None], Awaitable[None]]
"""Keeps an access token, a refresh token and the seconds that the first one lives."""


class McpTokenStorage:
    """A `TokenStorage`.

    Args:
        load: gives the token of the profile.
        save: keeps tokens in the profile.
    """

    def __init__(self, load: Load, save: Save) -> None:
        self._load = load
        self._save = save
        self._client_info: Any = None

    async def get_tokens(self) -> McpToken | None:
        """Give a fresh token, or None where a login is needed.

        Raises:
            PromptVMAuthError: the store or the server could not answer; see `AsyncOAuthClient.access_token`.
        """
        loaded = await self._load()
        if loaded is None:
            return None
        token, expires_in = loaded
        return McpToken(token, None if expires_in is None else int(expires_in))

    async def set_tokens(self, tokens: GivenToken) -> None:
        """Keep what the SDK's own login brought.

        Raises:
            StoreError, LockTimeout, LockUnavailable: it was not stored.
        """
        await self._save(tokens.access_token, tokens.refresh_token, tokens.expires_in)

    async def get_client_info(self) -> Any:  # noqa: ANN401 (a value of the SDK's)
        """Give the client registration that was kept, for as long as this object lives."""
        return self._client_info

    async def set_client_info(self, client_info: Any) -> None:  # noqa: ANN401 (a value of the SDK's)
        """Keep a client registration."""
        self._client_info = client_info
