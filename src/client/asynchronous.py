"""`AsyncOAuthClient`: the face for asyncio. One line a method; the logic is the same as the blocking face's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from ..domain.use_cases.login_request import LoginRequest
from ..ports.timeouts import DEVICE_CODE_LIFETIME, DEVICE_INTERVAL, LOGIN_WAIT
from .base import BaseClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ..composition.authenticators import AsyncAzureCredential
    from ..composition.options import ClientOptions
    from ..composition.root import Root
    from ..domain.oauth.device_response import DeviceCodeResponse
    from ..domain.oauth.server import AuthorizationServer
    from ..domain.oauth.sessions import Session
    from ..domain.tokens import StoredTokens, TokenResponse
    from ..domain.use_cases.logout import LogoutResult
    from ..domain.use_cases.pending_login import PendingLogin
    from ..domain.use_cases.profiles import ProfileSummary
    from ..domain.use_cases.record_login import LoginResult
    from ..domain.use_cases.status import Status
    from ..ports.secret import Secret

T = TypeVar("T")


class AsyncOAuthClient(BaseClient):
    """`OAuthClient` for asyncio: the same arguments, the same methods as coroutines, the same errors.

    One instance may be shared by any number of tasks of one event loop. A refresh that has begun is finished even if
    its caller is cancelled; `aclose`, and leaving the context manager, wait for it.
    """

    async def login(
        self,
        profile: str | None = None,
        *,
        flow: str = "auto",
        timeout: float = LOGIN_WAIT,
        device_name: str | None = None,
        open_browser: bool = True,
        remember: bool = False,
        scope: str | None = None,
        prompt: str | None = None,
        login_hint: str | None = None,
        authorize_parameters: Mapping[str, str] | None = None,
    ) -> LoginResult:
        """See `OAuthClient.login`."""
        return await self._client.login(
            LoginRequest(
                profile=profile,
                flow=flow,
                timeout=timeout,
                device_name=device_name,
                open_browser=open_browser,
                remember=remember,
                scope=scope,
                prompt=prompt,
                login_hint=login_hint,
                authorize_parameters=authorize_parameters,
            )
        )

    async def begin_login(
        self,
        profile: str | None = None,
        *,
        redirect_uri: str,
        device_name: str | None = None,
        scope: str | None = None,
        prompt: str | None = None,
        login_hint: str | None = None,
        authorize_parameters: Mapping[str, str] | None = None,
    ) -> PendingLogin:
        """See `OAuthClient.begin_login`."""
        request = LoginRequest(
            profile=profile,
            device_name=device_name,
            scope=scope,
            prompt=prompt,
            login_hint=login_hint,
            authorize_parameters=authorize_parameters,
        )
        return await self._client.begin_login(request, redirect_uri)

    async def finish_login(self, pending: PendingLogin, callback_url: str) -> LoginResult:
        """See `OAuthClient.finish_login`."""
        return await self._client.finish_login(pending, callback_url)

    async def discover(self, issuer: str | None = None) -> AuthorizationServer:
        """See `OAuthClient.discover`."""
        return await self._client.discover(issuer)

    async def access_token(self, profile: str | None = None) -> str:
        """See `OAuthClient.access_token`."""
        return await self._client.access_token(profile)

    async def refresh(self, profile: str | None = None) -> str:
        """See `OAuthClient.refresh`."""
        return await self._client.refresh(profile)

    async def with_auto_refresh(self, fn: Callable[[str], Awaitable[T]], profile: str | None = None) -> T:
        """See `OAuthClient.with_auto_refresh`."""
        return await self._client.with_auto_refresh(profile, fn)

    def token_provider(self, profile: str | None = None) -> Callable[[], Awaitable[str]]:
        """Give a `Callable[[], Awaitable[str]]`; see `OAuthClient.token_provider`."""
        return self._authenticators.async_token_provider(profile)

    def azure_credential(self, profile: str | None = None) -> AsyncAzureCredential:
        """Give a credential of the shape of Azure's `AsyncTokenCredential`; see `OAuthClient.azure_credential`."""
        return self._authenticators.async_azure_credential(profile)

    async def status(self, profile: str | None = None, *, check: bool = False) -> Status:
        """See `OAuthClient.status`."""
        return await self._client.status(profile, check=check)

    async def logout(self, profile: str | None = None, *, revoke: bool = True) -> LogoutResult:
        """See `OAuthClient.logout`."""
        return await self._client.logout(profile, revoke=revoke)

    async def sessions(self, profile: str | None = None) -> tuple[Session, ...]:
        """See `OAuthClient.sessions`."""
        return await self._client.sessions(profile)

    async def revoke_session(self, session_id: str, profile: str | None = None) -> None:
        """See `OAuthClient.revoke_session`."""
        await self._client.revoke_session(session_id, profile)

    async def list_profiles(self) -> tuple[ProfileSummary, ...]:
        """See `OAuthClient.list_profiles`."""
        return await self._client.list_profiles()

    async def use_profile(self, name: str) -> None:
        """See `OAuthClient.use_profile`."""
        await self._client.use_profile(name)

    async def remove_profile(self, name: str) -> None:
        """See `OAuthClient.remove_profile`."""
        await self._client.remove_profile(name)

    async def request_device_code(self, *, device_name: str | None = None) -> DeviceCodeResponse:
        """See `OAuthClient.request_device_code`."""
        return await self._client.request_device_code(device_name)

    async def poll_device_token(
        self, device_code: str | Secret, *, interval: float = DEVICE_INTERVAL, expires_in: float = DEVICE_CODE_LIFETIME
    ) -> TokenResponse:
        """See `OAuthClient.poll_device_token`."""
        return await self._client.poll_device_token(device_code, interval=interval, expires_in=expires_in)

    async def exchange_code(self, code: str | Secret, verifier: str | Secret, redirect_uri: str) -> TokenResponse:
        """See `OAuthClient.exchange_code`."""
        return await self._client.exchange_code(code, verifier, redirect_uri)

    async def refresh_token(self, refresh_token: str | Secret) -> TokenResponse:
        """See `OAuthClient.refresh_token`."""
        return await self._client.refresh_token(refresh_token)

    async def save_tokens(self, profile: str, tokens: StoredTokens) -> None:
        """See `OAuthClient.save_tokens`."""
        await self._client.save_tokens(profile, tokens)

    async def load_tokens(self, profile: str | None = None) -> StoredTokens:
        """See `OAuthClient.load_tokens`."""
        return await self._client.load_tokens(profile)

    async def delete_tokens(self, profile: str) -> None:
        """See `OAuthClient.delete_tokens`."""
        await self._client.delete_tokens(profile)

    async def aclose(self) -> None:
        """Wait for a refresh under way and release connections; more than once does no harm."""
        await self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _make_root(self, options: ClientOptions) -> Root:
        from ..composition.root import AsyncRoot

        return AsyncRoot(options)
