"""The authorization code flow, in order: listen, open, wait, exchange, keep, tell the browser (RFC 8252)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from attrs import frozen

from ...ports.browser import Browser
from ...ports.callback import CallbackListener, CallbackPort, Outcome
from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.events import BrowserNotOpened, BrowserOpened, Listener, ProblemNoticed, Waiting
from ...ports.http import Http
from ...ports.secret import Secret
from ..errors import BrowserError, LoginTimeout, PromptVMAuthError
from ..oauth.authorization import Answer, Attempt, VerifiedCode, exchange_request
from ..oauth.server import AuthorizationServer
from ..oauth.token_response import parse_token_response
from ..tokens import TokenResponse

Kept = TypeVar("Kept")

Keep = Callable[[TokenResponse], Awaitable[Kept]]
"""Stores the tokens; the browser hears of success only afterwards."""


PASTE_HINT = (
    "if your browser is on another machine, it ends on an address that it cannot reach: copy that address from its "
    "address bar, paste it here and press Enter. It is not shown as you paste."
)
"""For a person who has a terminal before them; half a sentence, as events have it."""


@frozen
class Showing:
    """How the page reaches the person.

    Attributes:
        refusal: why no browser is opened and the URL is only shown; empty if one is opened.
        pastes: whether the browser is likely on another machine and its last address can be pasted here; the person is
            shown the authorize URL then, for no other machine reaches the local start URL.
    """

    refusal: str = ""
    pastes: bool = False


@frozen
class BrowserLogin:
    """The use case: one login in the person's own browser, on this machine or on one that they paste from.

    Attributes:
        ports: the allowed callback ports in order of preference; empty means any free one.
        showing: how the page reaches the person.
    """

    http: Http
    clock: Clock
    entropy: Entropy
    browser: Browser
    callback: CallbackPort
    emit: Listener
    ports: Sequence[int] = ()
    showing: Showing = Showing()

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
            ListenerError: no loopback port could be had, or nothing can be pasted where only that is left.
            ConfigurationError: the web app's URL is not known.
            LoginTimeout: nobody came back in time.
            OAuthError: the person or the server refused; `AccessDenied` if it was the person.
            WrongIssuer: another server answered than the login was begun with; nothing was exchanged.
            TransportError, InvalidResponse: the code could not be exchanged.
            PromptVMAuthError: what `keep` raises.
        """
        attempt = Attempt.begin(server, self.entropy)
        listener: CallbackListener[Answer] = await self.callback.open(attempt.accept, ports=self.ports)
        try:
            url = attempt.authorize_url(listener.redirect_uri, device_name)
            start = Secret(listener.start_url(url.reveal()))
            await self._show(profile, start, url if self.showing.pastes else start, open_browser=open_browser)
            self.emit(Waiting(profile, timeout))
            callback = await listener.wait(timeout)
            return await self._conclude(listener, callback, keep)
        finally:
            await listener.close()

    async def _show(self, profile: str, start: Secret, shown: Secret, *, open_browser: bool) -> None:
        refusal = self.showing.refusal or ("" if open_browser else "it was asked not to be")
        if not refusal:
            try:
                await self.browser.open(start.reveal())
            except BrowserError as error:
                refusal = str(error)
        if refusal:
            self.emit(BrowserNotOpened(profile, shown.reveal(), refusal))
        else:
            self.emit(BrowserOpened(profile, shown.reveal()))
        if self.showing.pastes:
            self.emit(ProblemNoticed(profile, PASTE_HINT))

    async def _conclude(
        self,
        listener: CallbackListener[Answer],
        callback: Answer | None,
        keep: Keep[Kept],
    ) -> Kept:
        """Exchange and keep, and tell the browser the truth about it (RFC 6749 §4.1.2: a code is used once)."""
        try:
            kept = await keep(await self._exchange(_verified(callback), listener.redirect_uri))
        except BaseException as error:
            await listener.answer(Outcome(succeeded=False, detail=_told(error)))
            raise
        await listener.answer(Outcome(succeeded=True))
        return kept

    async def _exchange(self, code: VerifiedCode, redirect_uri: str) -> TokenResponse:
        response = await self.http.send(exchange_request(code, redirect_uri))
        return parse_token_response(response, self.clock.now(), code.code, code.attempt.verifier)


def _verified(answer: Answer | None) -> VerifiedCode:
    """Returns the code of an answer, or raises what the answer says."""
    if answer is None:
        raise LoginTimeout("nobody finished the login in the browser in time; log in again, or use --device")
    if not isinstance(answer, VerifiedCode):
        raise answer
    return answer


def _told(error: BaseException) -> str:
    """Returns what the browser's page says of a failure; the text of an error that is not ours may hold anything."""
    if isinstance(error, PromptVMAuthError):
        return str(error)
    return "an unexpected error ended the login" if isinstance(error, Exception) else "the login was interrupted"
