"""The authorization code flow, in order: listen, open, wait, exchange, keep, tell the browser (RFC 8252)."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from attrs import frozen

from ..ports.browser import Browser
from ..ports.callback import CallbackListener, CallbackPort, Outcome
from ..ports.clock import Clock
from ..ports.entropy import Entropy
from ..ports.events import BrowserNotOpened, BrowserOpened, Listener, Waiting
from ..ports.http import Http
from .authorization import Answer, Attempt, VerifiedCode, exchange_request
from .errors import BrowserError, LoginTimeout, PromptVMAuthError
from .server import AuthorizationServer
from .token_response import parse_token_response
from .tokens import TokenResponse

Kept = TypeVar("Kept")

Keep = Callable[[TokenResponse], Awaitable[Kept]]
"""Stores the tokens; the browser hears of success only afterwards."""


@frozen
class BrowserLogin:
    """The use case: one login in the person's own browser on this machine."""

    http: Http
    clock: Clock
    entropy: Entropy
    browser: Browser
    callback: CallbackPort
    emit: Listener

    async def do(
        self,
        server: AuthorizationServer,
        profile: str,
        device_name: str,
        keep: Keep[Kept],
        *,
        timeout: float,
        open_browser: bool,
    ) -> Kept:
        """Log in, keep the tokens and give what `keep` gave.

        Args:
            server: where to log in.
            profile: for the events.
            device_name: shown in the person's list of authorised devices.
            keep: stores the tokens.
            timeout: seconds that the person is waited for.
            open_browser: whether to open it; otherwise the URL is only shown.

        Raises:
            ListenerError: no loopback port could be had.
            ConfigurationError: the web app's URL is not known.
            LoginTimeout: nobody came back in time.
            OAuthError: the person or the server refused; `AccessDenied` if it was the person.
            WrongIssuer: another server answered than the login was begun with; nothing was exchanged.
            TransportError, InvalidResponse: the code could not be exchanged.
            PromptVMAuthError: what `keep` raises.
        """
        attempt = Attempt.begin(server, self.entropy)
        listener: CallbackListener[Answer] = await self.callback.open(attempt.accept)
        try:
            url = attempt.authorize_url(listener.redirect_uri, device_name)
            await self._show(profile, listener.start_url(url.reveal()), open_browser=open_browser)
            self.emit(Waiting(profile, timeout))
            callback = await listener.wait(timeout)
            return await self._conclude(listener, callback, keep)
        finally:
            await listener.close()

    async def _show(self, profile: str, url: str, *, open_browser: bool) -> None:
        if not open_browser:
            self.emit(BrowserNotOpened(profile, url, "it was asked not to be"))
            return
        try:
            await self.browser.open(url)
        except BrowserError as error:
            self.emit(BrowserNotOpened(profile, url, str(error)))
        else:
            self.emit(BrowserOpened(profile, url))

    async def _conclude(
        self,
        listener: CallbackListener[Answer],
        callback: Answer | None,
        keep: Keep[Kept],
    ) -> Kept:
        """Exchange and keep, and tell the browser the truth about it (RFC 6749 §4.1.2: a code is used once)."""
        try:
            if callback is None:
                raise LoginTimeout("nobody finished the login in the browser in time; log in again, or use --device")
            if not isinstance(callback, VerifiedCode):
                raise callback
            kept = await keep(await self._exchange(callback, listener.redirect_uri))
        except PromptVMAuthError as error:
            await listener.answer(Outcome(succeeded=False, detail=str(error)))
            raise
        await listener.answer(Outcome(succeeded=True))
        return kept

    async def _exchange(self, code: VerifiedCode, redirect_uri: str) -> TokenResponse:
        response = await self.http.send(exchange_request(code, redirect_uri))
        return parse_token_response(response, self.clock.now(), code.code, code.attempt.verifier)
