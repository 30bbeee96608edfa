"""Signing in and out, for asyncio: whole logins, logins in two halves, logouts, and the user's authorised devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.use_cases.login_request import LoginRequest
from .base import BaseClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..domain.oauth.sessions import Session
    from ..domain.use_cases.login_result import LoginResult
    from ..domain.use_cases.logout import LogoutResult
    from ..domain.use_cases.pending_login import PendingLogin
    from ..domain.use_cases.wipe import WipeResult
    from ..ports.cancellation import Cancellation
    from ..ports.login_flows import Flow


class AsyncLogins(BaseClient):
    """The methods of `AsyncOAuthClient` that begin and end a login."""

    async def login(
        self,
        profile: str | None = None,
        *,
        flow: Flow = "auto",
        timeout: float | None = None,
        device_name: str | None = None,
        open_browser: bool = True,
        remember: bool = False,
        scope: str | None = None,
        prompt: str | None = None,
        login_hint: str | None = None,
        authorize_parameters: Mapping[str, str] | None = None,
        cancellation: Cancellation | None = None,
    ) -> LoginResult:
        """Signs the user in, stores the tokens and makes the profile the active one.

        Args:
            profile: the profile's name; None means the active profile, or `default` if none is active.
            flow: `browser` opens a browser on this machine (RFC 8252). `device` shows a code that the user enters on
                any device (RFC 8628). `paste` lets the user paste the URL on which their browser ended. `auto` chooses
                one of them to suit the machine and the server.
            timeout: seconds to wait for the user. None means 300 s for a login in the browser, and as long as the code
                is valid for a device login.
            device_name: the name of this login in the user's list of authorised devices; None means this machine's.
            open_browser: False only shows the URL and opens no browser.
            remember: True stores this flow as the one that `auto` chooses for this profile. With `flow="auto"` it
                deletes what was stored.
            scope: the scopes to request, separated by spaces (RFC 6749 §3.3); None means the client's.
            prompt: what the login page must show, such as `login` or `consent` (OpenID Connect Core §3.1.2.1).
            login_hint: the user's e-mail address or name, which the login page may fill in.
            authorize_parameters: further parameters of the authorize URL. It must contain none that the login sets.
            cancellation: ends this login when it is cancelled, from any thread. `cancel` and `aclose` of this client
                end it as well, and so does a listener that raises `CancelLogin`.

        Returns:
            The user, the flow, and the store that has the tokens.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidProfileName: `profile` is not a valid name.
            ConfigurationError: an argument or a setting is invalid.
            EndpointUnknown: the server does not offer the flow.
            NothingToShowCode: there is neither a terminal nor a listener that could show the user a code or a URL.
            InvalidMetadata: a standard server's metadata is missing or must not be used (RFC 8414 §3.3).
            AccessDenied: the user refused.
            LoginTimeout: the user did not finish in the browser in time.
            LoginCancelled: the login was cancelled while it waited for the user.
            DeviceCodeExpired: the user did not approve the device code in time (RFC 8628 §3.5).
            WrongIssuer: the redirect came from another server, so no code was sent (RFC 9207 §2.4).
            ServerUnavailable: the server is overloaded or broken; a later login may succeed.
            OAuthError: the server refused for another reason.
            TransportError: the server could not be reached.
            InvalidResponse: the server's answer is invalid.
            ListenerError: no loopback port is free, or there is no terminal to paste into.
            TokensNotSaved: the login succeeded but storing failed; the error contains the tokens.
            ProfileError: the profile cannot be read or written.
        """
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
                cancellation=cancellation,
            )
        )

    def cancel(self) -> None:
        """Ends the logins of this client that wait for their user; `login` raises `LoginCancelled` within 0.3 seconds.

        Any thread, signal handler or listener may call it. A request that was sent already is finished first, within 30
        seconds; if it brings tokens, they are stored and the login succeeds. Without a login, it does nothing.
        """
        self._client.cancel()

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
        """Begins a login whose redirect your own web server receives; `finish_login` ends it (RFC 6749 §4.1).

        Send the user's browser to `authorize_url` of the result, and store the result in the user's session.

        Args:
            profile: the profile's name; None means the active profile, or `default` if none is active.
            redirect_uri: the URL of your web server that receives the redirect, without a query (RFC 6749 §3.1.2). For
                PromptVM's server it is `http://127.0.0.1:PORT/callback`, or one that the client's `server` lists as
                registered; for any other server it is https, or http on loopback.
            device_name: the name of this login in the user's list of authorised devices; None means this machine's.
            scope: the scopes to request, separated by spaces (RFC 6749 §3.3); None means the client's.
            prompt: what the login page must show, such as `login` or `consent` (OpenID Connect Core §3.1.2.1).
            login_hint: the user's e-mail address or name, which the login page may fill in.
            authorize_parameters: further parameters of the authorize URL. It must contain none that the login sets.

        Returns:
            The begun login. It is secret, belongs to one user's session, and is valid for 600 seconds.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidProfileName: `profile` is not a valid name.
            InvalidUrl: `redirect_uri` is neither https nor http on loopback.
            ConfigurationError: an argument or a setting is invalid.
            EndpointUnknown: the server has no login page.
            InvalidMetadata: a standard server's metadata is missing or must not be used (RFC 8414 §3.3).
            ServerUnavailable: a standard server could not send its metadata; a later call may succeed.
            TransportError: a standard server could not be reached for its metadata.
            ProfileError: the profile cannot be read.
        """
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
        """Checks the redirect, exchanges its code, stores the tokens and makes the profile the active one.

        Args:
            pending: what `begin_login` returned. It can be used once.
            callback_url: the whole URL that the browser requested from your web server.

        Returns:
            The user, the flow, and the store that has the tokens.

        Raises:
            CallbackRejected: the URL does not belong to this login, or the login was finished before.
            WrongIssuer: the redirect came from another server, so no code was sent (RFC 9207 §2.4).
            LoginTimeout: the login was begun more than 600 seconds ago.
            AccessDenied: the user refused.
            ServerUnavailable: the server is overloaded or broken; begin a new login later.
            OAuthError: the server refused for another reason.
            TransportError: the server could not be reached.
            InvalidResponse: the server's answer is invalid.
            TokensNotSaved: the login succeeded but storing failed; the error contains the tokens.
            ProfileError: the profile cannot be read or written.
        """
        return await self._client.finish_login(pending, callback_url)

    async def logout(self, profile: str | None = None, *, revoke: bool = True) -> LogoutResult:
        """Signs the user out: removes the tokens here, then ends the session at the server if possible.

        The profile keeps the server, the user and the organization for the next login; `remove_profile` removes them.
        If it is interrupted while the server is asked, the tokens are gone already, and a `ProblemNoticed` says so.

        Args:
            profile: the profile's name; None means the active profile.
            revoke: False leaves the session at the server as it is.

        Returns:
            What was removed and whether the session was ended, with the reason if it was not.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            StoreError: the tokens may still be in the store; the session was ended nevertheless, if that was possible.
            WrongServer: the login belongs to another server than the configured one. Nothing was sent or removed.
            ProfileError: the profile cannot be read, and nothing was removed, or it cannot be written.
        """
        return await self._client.logout(profile, revoke=revoke)

    async def logout_all(self, *, revoke: bool = True) -> tuple[LogoutResult, ...]:
        """Signs the user out of every profile: removes all tokens here, then ends their sessions if possible.

        Every session is ended at the server that its profile records, whichever one is configured. API keys are kept.

        Args:
            revoke: False leaves the sessions at their servers as they are.

        Returns:
            One result for each profile that was signed in. The `error` of a result says what could not be removed.

        Raises:
            ProfileError: the configuration or its directory cannot be read. Nothing was removed.
        """
        return await self._client.logout_all(revoke=revoke)

    async def wipe(self, *, revoke: bool = True) -> WipeResult:
        """Removes every login and everything else that this package wrote on this machine, then ends the sessions.

        Those are the tokens in every place, the profiles of logins, keys, locks, copies of damaged files, cached
        metadata and remembered flows. The tool `promptvm` is signed out too where it shares them. Profiles with an API
        key are kept, and `config.yaml`, in which no profile is active any more.

        Args:
            revoke: False leaves the sessions at their servers as they are.

        Returns:
            What was removed and what was left. The `error` of a logout says what could not be removed.

        Raises:
            ProfileError: the configuration or its directory cannot be read. Nothing was removed.
        """
        return await self._client.wipe(revoke=revoke)

    async def sessions(self, profile: str | None = None) -> tuple[Session, ...]:
        """Lists the user's sessions, which are their authorised devices. Only PromptVM's servers have them.

        Args:
            profile: the profile's name; None means the API key in the environment, else the active profile.

        Returns:
            All sessions, in the order in which the server lists them.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            EndpointUnknown: the server is not PromptVM's and lists no sessions.
            OAuthError: the server refused.
            InvalidResponse: the server's answer is invalid.
            TransportError: the server could not be reached.
            PromptVMAuthError: there is no valid access token; `access_token` lists the reasons.
        """
        return await self._client.sessions(profile)

    async def revoke_session(self, session_id: str, profile: str | None = None) -> None:
        """Ends one of the user's sessions. A session that has already ended is no error.

        Args:
            session_id: the `id` of the session, as `sessions` lists it.
            profile: the profile's name; None means the API key in the environment, else the active profile.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            ConfigurationError: `session_id` is not a valid id.
            EndpointUnknown: the server is not PromptVM's and lists no sessions.
            OAuthError: the server refused.
            TransportError: the server could not be reached.
            PromptVMAuthError: there is no valid access token; `access_token` lists the reasons.
        """
        await self._client.revoke_session(session_id, profile)
