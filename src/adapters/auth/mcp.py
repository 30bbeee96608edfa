"""The MCP SDK's `TokenStorage` protocol: its OAuth client loads the tokens of a profile, and saves its own to it.

The SDK is not imported, since it checks attributes only. It gets no refresh token, since a refresh without the lock
would end the session for every other program.
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
        expires_in: seconds until the token should be refreshed, or None if unknown.
        scope: always None, which means as granted.
        refresh_token: always None.
    """

    access_token: str = field(repr=False)
    expires_in: int | None = None
    token_type: str = "Bearer"  # noqa: S105 (the name of a type, RFC 6750 §4)
    scope: None = None
    refresh_token: None = None


class SdkToken(Protocol):
    """An `OAuthToken` of the SDK."""

    @property
    def access_token(self) -> str:
        """The access token."""
        ...

    @property
    def expires_in(self) -> int | None:
        """The lifetime of the access token, in seconds."""
        ...

    @property
    def refresh_token(self) -> str | None:
        """The refresh token."""
        ...


Load = Callable[[], Awaitable[tuple[str, float | None] | None]]
"""Returns a valid token and the seconds until it should be refreshed, or None if only a login helps."""

Save = Callable[[str, str | None, float | None], Awaitable[None]]
"""Saves an access token, a refresh token and the lifetime of the access token in seconds."""


class McpTokenStorage:
    """A `TokenStorage`.

    Args:
        load: loads the token of the profile.
        save: saves tokens to the profile.
    """

    def __init__(self, load: Load, save: Save) -> None:
        self._load = load
        self._save = save
        self._client_info: Any = None

    async def get_tokens(self) -> McpToken | None:
        """Returns a valid token, or None if a login is needed.

        Raises:
            PromptVMAuthError: the store or the server failed, as `AsyncOAuthClient.access_token` raises it.
        """
        loaded = await self._load()
        if loaded is None:
            return None
        token, expires_in = loaded
        return McpToken(token, None if expires_in is None else int(expires_in))

    async def set_tokens(self, tokens: SdkToken) -> None:
        """Saves the tokens of the SDK's own login.

        Raises:
            StoreError, LockTimeout, LockUnavailable: the tokens were not saved.
        """
        await self._save(tokens.access_token, tokens.refresh_token, tokens.expires_in)

    async def get_client_info(self) -> Any:  # noqa: ANN401 (a value of the SDK's)
        """Returns the client registration that was saved in this object, or None."""
        return self._client_info

    async def set_client_info(self, client_info: Any) -> None:  # noqa: ANN401 (a value of the SDK's)
        """Saves a client registration in this object."""
        self._client_info = client_info
