"""The objects of one client for other libraries: auth objects for HTTP clients, credentials and token sources for SDKs.

One object may serve blocking and asynchronous callers, so each is built from the client and its twin. They share the
tokens in memory and the locks, so that concurrent callers of both kinds cause one refresh.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..adapters.auth.azure import AsyncAzureCredential, AzureCredential
from ..adapters.auth.callables import AsyncTokenProvider, TokenProvider
from ..adapters.auth.mcp import McpTokenStorage
from ..adapters.auth.request_auth import Signers, make_request_auth
from ..domain.url import named_origins
from ..domain.use_cases.client import Client
from ..domain.use_cases.run_blocking import run_blocking
from ..domain.use_cases.sdk_tokens import save_granted, token_or_login, token_until
from ..domain.use_cases.signing import BlockingSigning
from .root import BlockingRoot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..ports.signing import RequestAuth
    from .root import Root

__all__ = ["AsyncAzureCredential", "Authenticators", "AzureCredential", "McpTokenStorage"]


class Authenticators:
    """Builds the objects of one client for other libraries."""

    def __init__(self, client: Client, root: Root) -> None:
        self._client = client
        self._root = root

    def auth(self, profile: str | None, origins: Iterable[str]) -> RequestAuth:
        """Returns an auth object for httpx, httpx2 and requests, which also sends the token to these origins."""
        named = named_origins(origins)
        return make_request_auth(
            Signers(
                profile,
                lambda: BlockingSigning(self._blocking.signing(profile, named)),
                lambda: self._asynchronous.signing(profile, named),
            )
        )

    def token_provider(self, profile: str | None) -> TokenProvider:
        """Returns a function that returns a token."""
        return TokenProvider(lambda: run_blocking(self._blocking.access_token(profile)))

    def async_token_provider(self, profile: str | None) -> AsyncTokenProvider:
        """Returns a coroutine function that returns a token."""
        return AsyncTokenProvider(lambda: self._asynchronous.access_token(profile))

    def azure_credential(self, profile: str | None) -> AzureCredential:
        """Returns a credential with Azure's interface."""
        return AzureCredential(lambda refused: run_blocking(token_until(self._blocking, profile, refused)))

    def async_azure_credential(self, profile: str | None) -> AsyncAzureCredential:
        """Returns a credential with Azure's asynchronous interface."""
        return AsyncAzureCredential(lambda refused: token_until(self._asynchronous, profile, refused))

    def mcp_token_storage(self, profile: str | None) -> McpTokenStorage:
        """Returns a token storage with the MCP SDK's interface, which is asynchronous only."""
        return McpTokenStorage(
            lambda: token_or_login(self._asynchronous, profile),
            lambda access, refresh, expires_in: save_granted(self._asynchronous, profile, access, refresh, expires_in),
        )

    @property
    def _blocking(self) -> Client:
        return self._client if isinstance(self._root, BlockingRoot) else self._twin

    @property
    def _asynchronous(self) -> Client:
        return self._twin if isinstance(self._root, BlockingRoot) else self._client

    @cached_property
    def _twin(self) -> Client:
        twin = self._root.twin()
        return Client(twin.stored, twin, self._client.memory)
