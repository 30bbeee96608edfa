"""What one client hands to other libraries: auth objects for HTTP clients, credentials and token sources for SDKs."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ..adapters.auth.azure import AsyncAzureCredential, AzureCredential
from ..adapters.auth.callables import AsyncTokenProvider, TokenProvider
from ..adapters.auth.mcp import McpTokenStorage
from ..domain.audience import named_origins
from ..domain.errors import PromptVMAuthError
from ..domain.use_cases.run_blocking import run_blocking
from ..ports.secret import Secret
from .auth import make_auth
from .pair import Pair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..ports.signing import RequestAuth
    from .core import Core

__all__ = ["AsyncAzureCredential", "Authenticators", "AzureCredential", "McpTokenStorage"]


class Authenticators:
    """The objects of one client; each works in both colours where its shape has both."""

    def __init__(self, core: Core) -> None:
        """Take what the client's use cases share."""
        self._pair = Pair(core)

    def auth(self, profile: str | None, origins: Iterable[str]) -> RequestAuth:
        """Make an object for httpx, httpx2 and requests."""
        return make_auth(self._pair, profile, named_origins(origins))

    def token_provider(self, profile: str | None) -> TokenProvider:
        """Make a function that gives a token."""
        access = self._pair.blocking.access
        return TokenProvider(lambda: run_blocking(access.token(profile)).reveal())

    def async_token_provider(self, profile: str | None) -> AsyncTokenProvider:
        """Make a coroutine function that gives a token."""
        access = self._pair.awaited.access

        async def token() -> str:
            return (await access.token(profile)).reveal()

        return AsyncTokenProvider(token)

    def azure_credential(self, profile: str | None) -> AzureCredential:
        """Make a credential of Azure's shape."""
        return AzureCredential(lambda refused: run_blocking(_token_until(self._pair.blocking, profile, refused)))

    def async_azure_credential(self, profile: str | None) -> AsyncAzureCredential:
        """Make a credential of Azure's asynchronous shape."""
        return AsyncAzureCredential(lambda refused: _token_until(self._pair.awaited, profile, refused))

    def mcp_token_storage(self, profile: str | None) -> McpTokenStorage:
        """Make a storage of the MCP SDK's shape, which is asynchronous alone."""

        async def load() -> tuple[str, float | None] | None:
            return await _token_or_login(self._pair.awaited, profile)

        async def save(access_token: str, refresh_token: str | None, expires_in: float | None) -> None:
            await _save(self._pair.awaited, profile, access_token, refresh_token, expires_in)

        return McpTokenStorage(load, save)


async def _token_until(core: Core, profile: str | None, refused: str | None) -> tuple[str, float]:
    """Give a token and when to ask again; where one was refused, another than that."""
    if refused is not None:
        await core.access.replace(profile, Secret(refused))
    held = await core.access.held(profile)
    return held.token.reveal(), held.stale_at


async def _token_or_login(core: Core, profile: str | None) -> tuple[str, float | None] | None:
    """Give a token and the seconds until it is worth asking again, or None where only a login helps."""
    try:
        token, until = await _token_until(core, profile, None)
    except PromptVMAuthError as error:
        if error.needs_login:
            return None
        raise
    return token, until - core.ports.clock.now() if isfinite(until) else None


async def _save(
    core: Core, profile: str | None, access_token: str, refresh_token: str | None, expires_in: float | None
) -> None:
    from ..domain.profile import named_or_active
    from ..domain.tokens import StoredTokens, as_datetime
    from .steps import Steps

    expires_at = None if expires_in is None else as_datetime(core.ports.clock.now() + expires_in)
    tokens = StoredTokens(access_token, refresh_token or None, expires_at)
    await Steps(core).save_tokens(await named_or_active(core.ports.profiles, profile), tokens)
