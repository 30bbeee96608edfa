"""`OAuthClient`: the blocking face. One line a method; the logic is the same as the asynchronous face's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from ..domain.use_cases.login_request import LoginRequest
from ..domain.use_cases.run_blocking import as_coroutine, run_blocking
from ..ports.timeouts import LOGIN_WAIT
from .blocking_steps import BlockingSteps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..composition.authenticators import AzureCredential
    from ..composition.options import ClientOptions
    from ..composition.root import Root
    from ..domain.oauth.sessions import Session
    from ..domain.use_cases.logout import LogoutResult
    from ..domain.use_cases.pending_login import PendingLogin
    from ..domain.use_cases.profiles import ProfileSummary
    from ..domain.use_cases.record_login import LoginResult
    from ..domain.use_cases.status import Status

T = TypeVar("T")


class OAuthClient(BlockingSteps):
    """Signs a person in and hands out access tokens; every method blocks until it is done.

    One instance may be shared by any number of threads. It is a context manager; leaving it closes its connections.
    The arguments are those of `BaseClient`.
    """

    def login(
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
        """Sign a person in, store the tokens and make the profile the active one.

        Args:
            profile: its name; None means the active one, and `default` where none is active.
            flow: `browser` (RFC 8252), `device` (RFC 8628), `paste` for a browser on another machine whose callback URL
                the person pastes, or `auto` to choose by the surroundings.
            timeout: seconds that the person is waited for.
            device_name: shown in the person's list of authorised devices.
            open_browser: whether to open a browser, or only show the URL.
            remember: whether `auto` takes this flow for this profile from now on; with `auto` itself, whether what was
                remembered is forgotten.
            scope: what to ask for, separated by spaces; None means the client's.
            prompt: what the login page should do, such as `consent` or `login` (OpenID Connect Core §3.1.2.1).
            login_hint: whom the login page should expect.
            authorize_parameters: further parameters of the authorize URL; none that the login sets itself.

        Returns:
            Who signed in, how, and which store took the tokens.

        Raises:
            InvalidProfileName: before anything is asked of a server.
            ConfigurationError: the flow, the URLs or the audience of a device code; before any request.
            InvalidMetadata: a standard server does not describe itself as it must.
            WrongIssuer: another server answered than the login was begun with; nothing was exchanged (RFC 9207).
            AccessDenied: the person refused.
            LoginTimeout, DeviceCodeExpired: the person did not finish in time.
            OAuthError: the server refused otherwise; `ServerUnavailable` if it may not refuse later.
            TransportError: the server was not reached.
            InvalidResponse: the server's answer cannot be used.
            ListenerError: no loopback port could be had; or nothing can be pasted, where that is the only way.
            TokensNotSaved: the login succeeded and could not be stored; the error carries the tokens.
            ProfileError: the profile could not be read or written.
        """
        return run_blocking(
            self._client.login(
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
        )

    def begin_login(
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
        """Begin a login whose redirect the front end receives itself: send the person to its `authorize_url`.

        Args:
            profile: whose tokens it will bring; see `login`.
            redirect_uri: of the front end, https or http on loopback, without a query (RFC 6749 §3.1.2).
            device_name: shown in the person's list of authorised devices.
            scope: see `login`, as for the rest.
            prompt: see `login`.
            login_hint: see `login`.
            authorize_parameters: see `login`.

        Returns:
            What `finish_login` needs: secret, for this person's session only, for ten minutes.

        Raises:
            InvalidProfileName, InvalidUrl, ConfigurationError, ProfileError: nothing was begun.
        """
        request = LoginRequest(
            profile=profile,
            device_name=device_name,
            scope=scope,
            prompt=prompt,
            login_hint=login_hint,
            authorize_parameters=authorize_parameters,
        )
        return run_blocking(self._client.begin_login(request, redirect_uri))

    def finish_login(self, pending: PendingLogin, callback_url: str) -> LoginResult:
        """Finish a login: check the state, exchange the code, store the tokens, make the profile the active one.

        Args:
            pending: from `begin_login`; it works once.
            callback_url: the whole URL that the browser came back on.

        Raises:
            CallbackRejected: the URL does not answer this login, or it was finished before.
            LoginTimeout: it was begun more than ten minutes ago.
            PromptVMAuthError: refused, not reached or not stored; see `login`.
        """
        return run_blocking(self._client.finish_login(pending, callback_url))

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
        return run_blocking(self._client.access_token(profile))

    def refresh(self, profile: str | None = None) -> str:
        """Renew a profile's access token now, even if it is fresh, and give the new one (RFC 6749 §6).

        Raises:
            PromptVMAuthError: see `access_token`.
        """
        return run_blocking(self._client.refresh(profile))

    def with_auto_refresh(self, fn: Callable[[str], T], profile: str | None = None) -> T:
        """Call `fn` with an access token; on an unauthorized error renew the token once and call once more.

        Args:
            fn: takes the access token.
            profile: whose token; see `access_token`.

        Returns:
            What `fn` returns.

        Raises:
            PromptVMAuthError: there is no token, or it could not be renewed; see `access_token`.
            Exception: what `fn` raised, unless the second call cured it; see `is_unauthorized_error`.
        """
        return run_blocking(self._client.with_auto_refresh(profile, as_coroutine(fn)))

    def token_provider(self, profile: str | None = None) -> Callable[[], str]:
        """Give a `Callable[[], str]` that gives a fresh token, for SDKs that take one in place of a key.

        Args:
            profile: whose token; see `access_token`.
        """
        return self._authenticators.token_provider(profile)

    def azure_credential(self, profile: str | None = None) -> AzureCredential:
        """Give a credential of the shape of Azure's `TokenCredential`.

        Args:
            profile: whose token; see `access_token`.
        """
        return self._authenticators.azure_credential(profile)

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
        return run_blocking(self._client.status(profile, check=check))

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
        return run_blocking(self._client.logout(profile, revoke=revoke))

    def sessions(self, profile: str | None = None) -> tuple[Session, ...]:
        """Give the person's authorised devices.

        Raises:
            OAuthError, InvalidResponse, TransportError: the server refused, answered nonsense or was not reached.
            PromptVMAuthError: there is no token; see `access_token`.
        """
        return run_blocking(self._client.sessions(profile))

    def revoke_session(self, session_id: str, profile: str | None = None) -> None:
        """End one of the person's sessions; one that is gone already is no error.

        Raises:
            PromptVMAuthError: see `sessions`.
        """
        run_blocking(self._client.revoke_session(session_id, profile))

    def list_profiles(self) -> tuple[ProfileSummary, ...]:
        """Give the profiles on this machine, sorted by name; one that cannot be read says so in `problem`.

        Raises:
            ProfileError: the configuration cannot be read.
        """
        return run_blocking(self._client.list_profiles())

    def use_profile(self, name: str) -> None:
        """Make a profile the active one.

        Raises:
            InvalidProfileName, UnknownProfile: there is no such profile.
            ProfileError: it cannot be read, or the configuration cannot be written.
        """
        run_blocking(self._client.use_profile(name))

    def remove_profile(self, name: str) -> None:
        """Remove a profile and its tokens from this machine; its session at the server goes on, see `logout`.

        Raises:
            InvalidProfileName: the name is none.
            StoreError, LockTimeout, LockUnavailable: its tokens may still be there; the profile is kept.
            ProfileError: it cannot be removed.
        """
        run_blocking(self._client.remove_profile(name))

    def close(self) -> None:
        """Release connections; more than once does no harm."""
        run_blocking(self._client.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make_root(self, options: ClientOptions) -> Root:
        from ..composition.root import BlockingRoot

        return BlockingRoot(options)
