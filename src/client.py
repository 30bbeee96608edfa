"""The two faces: `OAuthClient` blocks, `AsyncOAuthClient` is awaited. One line a method; the logic is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .composition.application import Application
from .composition.given import Given
from .domain.blocking import run_blocking
from .domain.freshness import DEFAULT_POLICY

if TYPE_CHECKING:
    from .domain.freshness import RefreshPolicy
    from .domain.login import LoginResult
    from .domain.logout import LogoutResult
    from .domain.server import AuthorizationServer
    from .domain.status import Status
    from .ports.browser import Browser
    from .ports.callback import CallbackPort
    from .ports.clock import Clock
    from .ports.events import Listener
    from .ports.http import Http
    from .ports.lock import Lock
    from .ports.profiles import ProfileStore
    from .ports.secrets import SecretStore

LOGIN_TIMEOUT = 300.0
"""Seconds that a person is waited for, unless the caller says otherwise."""


class OAuthClient:
    """Signs a person in and hands out access tokens; every method blocks until it is done.

    One instance may be shared by any number of threads. It is a context manager; leaving it closes its connections.

    Args:
        http: sends requests.
        clock: tells the time and sleeps.
        browser: opens a URL.
        callback: listens for the redirect.
        secrets: a `SecretStore`, or `auto`, `file` or `memory`.
        profiles: where profiles are kept.
        lock: guards a refresh.
        on_event: hears what happens; without it, URLs and codes go to stderr if that is a terminal.
        server: the authorization server; by default PromptVM's at `base_url`.
        base_url: of the API; else `PROMPTVM_BASE_URL`, the profile's, or PromptVM's.
        app_url: of the web app; else `PROMPTVM_APP_URL`, or derived from the API's host.
        config_dir: the directory of profiles and files; by default the one shared with the tool `promptvm`.
        policy: when tokens are renewed.
        user_agent: what the server shows the person in the list of sessions; by default it names the running program.

    Raises:
        InvalidUrl: a URL must not be used.
        UnknownStore: there is no secret store of that name.
    """

    def __init__(
        self,
        *,
        http: Http | None = None,
        clock: Clock | None = None,
        browser: Browser | None = None,
        callback: CallbackPort | None = None,
        secrets: SecretStore | str = "auto",
        profiles: ProfileStore | None = None,
        lock: Lock | None = None,
        on_event: Listener | None = None,
        server: AuthorizationServer | None = None,
        base_url: str | None = None,
        app_url: str | None = None,
        config_dir: str | None = None,
        policy: RefreshPolicy = DEFAULT_POLICY,
        user_agent: str | None = None,
    ) -> None:
        from .composition.blocking import BlockingWiring

        given = Given(
            http,
            clock,
            browser,
            callback,
            secrets,
            profiles,
            lock,
            on_event,
            server,
            base_url,
            app_url,
            config_dir,
            policy,
            user_agent,
        )
        self._application = Application(BlockingWiring(given))

    def login(
        self,
        profile: str | None = None,
        *,
        flow: str = "auto",
        timeout: float = LOGIN_TIMEOUT,
        device_name: str | None = None,
        open_browser: bool = True,
    ) -> LoginResult:
        """Sign a person in, store the tokens and make the profile the active one.

        Args:
            profile: its name; None means the active one, and `default` where none is active.
            flow: `browser` (RFC 8252), `device` (RFC 8628), or `auto` to choose by the environment.
            timeout: seconds that the person is waited for.
            device_name: shown in the person's list of authorised devices.
            open_browser: whether to open a browser, or only show the URL.

        Returns:
            Who signed in, how, and which store took the tokens.

        Raises:
            InvalidProfileName: before anything is asked of a server.
            ConfigurationError: the flow, the URLs or the audience of a device code; before any request.
            AccessDenied: the person refused.
            LoginTimeout, DeviceCodeExpired: the person did not finish in time.
            OAuthError: the server refused otherwise; `ServerUnavailable` if it may not refuse later.
            TransportError: the server was not reached.
            InvalidResponse: the server's answer cannot be used.
            ListenerError: no loopback port could be had.
            TokensNotSaved: the login succeeded and could not be stored; the error carries the tokens.
            ProfileError: the profile could not be read or written.
        """
        return run_blocking(
            self._application.login(
                profile, flow=flow, timeout=timeout, device_name=device_name, open_browser=open_browser
            )
        )

    def access_token(self, profile: str | None = None) -> str:
        """Give a fresh access token, renewed if it must be (RFC 6749 §6); an API-key profile gives its key.

        Args:
            profile: its name; None means the credentials of the environment, else the active profile.

        Raises:
            NoTokensError: nobody is signed in.
            NoRefreshToken, RefreshRejected: log in again.
            TransportError, ServerUnavailable: the token is over and the server was not reached; what is stored is kept.
            TokensNotSaved: the renewed tokens could not be stored; the error carries them.
            StoreError: the store could not answer.
            LockTimeout, LockUnavailable: another process holds the login, or the file system cannot lock.
            WrongServer: the login belongs to another server than the configured one.
            IncompleteKeyPair: the environment holds half a key pair.
            ProfileError: the profile cannot be read.
        """
        return run_blocking(self._application.access_token(profile))

    def status(self, profile: str | None = None, *, check: bool = False) -> Status:
        """Say how a profile stands; never gives a secret.

        Args:
            profile: its name; None means the credentials of the environment, else the active profile.
            check: whether to ask the server, renewing the token if that takes it.

        Raises:
            StoreError: the store could not answer, which is not the same as signed out.
            TokensNotSaved: the check renewed the tokens and they could not be stored.
            WrongServer, IncompleteKeyPair, ProfileError: see `access_token`.
        """
        return run_blocking(self._application.status(profile, check=check))

    def logout(self, profile: str | None = None, *, revoke: bool = True) -> LogoutResult:
        """Sign a person out: end the session at the server if that can be done, and remove the tokens here in any case.

        Args:
            profile: its name; None means the active one.
            revoke: whether to end the session at the server.

        Returns:
            What was removed and whether the session was ended, with the reason if it was not.

        Raises:
            StoreError: the tokens may still be in the store.
            WrongServer: the login belongs to another server than the configured one; nothing was sent or removed.
            ProfileError: the profile could not be read or written.
        """
        return run_blocking(self._application.logout(profile, revoke=revoke))

    def close(self) -> None:
        """Release connections; more than once does no harm."""
        run_blocking(self._application.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncOAuthClient:
    """`OAuthClient` for asyncio: the same arguments, the same methods as coroutines, the same errors.

    One instance may be shared by any number of tasks of one event loop. A refresh that has begun is finished even if
    its caller is cancelled; `aclose`, and leaving the context manager, wait for it.
    """

    def __init__(
        self,
        *,
        http: Http | None = None,
        clock: Clock | None = None,
        browser: Browser | None = None,
        callback: CallbackPort | None = None,
        secrets: SecretStore | str = "auto",
        profiles: ProfileStore | None = None,
        lock: Lock | None = None,
        on_event: Listener | None = None,
        server: AuthorizationServer | None = None,
        base_url: str | None = None,
        app_url: str | None = None,
        config_dir: str | None = None,
        policy: RefreshPolicy = DEFAULT_POLICY,
        user_agent: str | None = None,
    ) -> None:
        from .composition.asynchronous import AsyncWiring

        given = Given(
            http,
            clock,
            browser,
            callback,
            secrets,
            profiles,
            lock,
            on_event,
            server,
            base_url,
            app_url,
            config_dir,
            policy,
            user_agent,
        )
        self._application = Application(AsyncWiring(given))

    async def login(
        self,
        profile: str | None = None,
        *,
        flow: str = "auto",
        timeout: float = LOGIN_TIMEOUT,
        device_name: str | None = None,
        open_browser: bool = True,
    ) -> LoginResult:
        """Sign a person in; see `OAuthClient.login`."""
        return await self._application.login(
            profile, flow=flow, timeout=timeout, device_name=device_name, open_browser=open_browser
        )

    async def access_token(self, profile: str | None = None) -> str:
        """Give a fresh access token; see `OAuthClient.access_token`."""
        return await self._application.access_token(profile)

    async def status(self, profile: str | None = None, *, check: bool = False) -> Status:
        """Say how a profile stands; see `OAuthClient.status`."""
        return await self._application.status(profile, check=check)

    async def logout(self, profile: str | None = None, *, revoke: bool = True) -> LogoutResult:
        """Sign a person out; see `OAuthClient.logout`."""
        return await self._application.logout(profile, revoke=revoke)

    async def aclose(self) -> None:
        """Wait for a refresh under way and release connections; more than once does no harm."""
        await self._application.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
