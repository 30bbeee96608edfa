"""The authorization code flow: listen, open the browser, wait, exchange, record, answer the browser (RFC 8252)."""

from collections.abc import Sequence
from functools import partial

from attrs import frozen

from ...ports.browser import Browser
from ...ports.callback import CallbackListener, CallbackPort, Outcome
from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.events import BrowserNotOpened, BrowserOpened, Listener, ProblemNoticed, Waiting
from ...ports.http import Http
from ...ports.secret import Secret
from ...ports.timeouts import LOGIN_WAIT
from ..errors import BrowserError, LoginTimeout, PromptVMAuthError
from ..oauth.authorization import Answer, Attempt, VerifiedCode, exchange_request
from .login_request import LoginRequest
from .login_result import LoginResult
from .record_login import Login, LoginRecorder, exchange

PASTE_HINT = (
    "if your browser is on another machine, it ends on an address that it cannot reach: copy that address from its "
    "address bar, paste it here and press Enter. It is not shown as you paste."
)
"""Instructions for a user at a terminal; they begin in lower case, like all texts of events."""


@frozen
class Presentation:
    """How the login page reaches the user.

    Attributes:
        no_browser_reason: why no browser is opened and the URL is only shown; empty if a browser is opened.
        allow_paste: whether the browser is probably on another machine and the user can paste its last address here;
            the user is shown the authorize URL then, since other machines cannot reach the local start URL.
    """

    no_browser_reason: str = ""
    allow_paste: bool = False


@frozen
class BrowserLogin:
    """Logins in the user's own browser, on this machine or on another one from which the user pastes the address.

    Attributes:
        ports: the allowed callback ports in order of preference; empty means any free port.
    """

    http: Http
    clock: Clock
    entropy: Entropy
    browser: Browser
    callback: CallbackPort
    emit: Listener
    recorder: LoginRecorder
    ports: Sequence[int] = ()

    async def run(
        self, login: Login, request: LoginRequest, presentation: Presentation, device_name: str
    ) -> LoginResult:
        """Logs in and records the login; the browser shows success only after that.

        Args:
            login: the account and the server.
            request: the options of the login; its timeout limits the wait for the user.
            presentation: how the login page reaches the user.
            device_name: the label in the user's list of authorised devices.

        Raises:
            ListenerError: no loopback port is free, or pasting is the only way and the input has ended.
            ConfigurationError: the web app's URL is not known.
            LoginTimeout: the user did not finish in time.
            OAuthError: the server refused; `AccessDenied` if the user did.
            WrongIssuer: the redirect is from another server; nothing was exchanged.
            TransportError, InvalidResponse: the code could not be exchanged.
            PromptVMAuthError: the errors of `LoginRecorder.record`.
        """
        name = login.account.name
        attempt = Attempt.begin(login.server, self.entropy.random_bytes)
        listener: CallbackListener[Answer] = await self.callback.open(attempt.accept, ports=self.ports)
        try:
            url = attempt.authorize_url(listener.redirect_uri, device_name)
            start = Secret(listener.start_url(url.reveal()))
            await self._show(name, start, url if presentation.allow_paste else start, presentation)
            seconds = LOGIN_WAIT if request.timeout is None else request.timeout
            self.emit(Waiting(name, seconds))
            answer = await listener.wait(seconds)
            return await self._conclude(login, listener, answer)
        finally:
            await listener.close()

    async def _show(self, name: str, start: Secret, shown: Secret, presentation: Presentation) -> None:
        reason = presentation.no_browser_reason
        if not reason:
            try:
                await self.browser.open(start.reveal())
            except BrowserError as error:
                reason = str(error)
        if reason:
            self.emit(BrowserNotOpened(name, shown.reveal(), reason))
        else:
            self.emit(BrowserOpened(name, shown.reveal()))
        if presentation.allow_paste:
            self.emit(ProblemNoticed(name, PASTE_HINT))

    async def _conclude(self, login: Login, listener: CallbackListener[Answer], answer: Answer | None) -> LoginResult:
        """Exchanges the code, records the login, and answers the browser with the outcome."""

        async def finish(code: VerifiedCode) -> LoginResult:
            request = exchange_request(code, listener.redirect_uri)
            granted = await exchange(self.http, self.clock, request, code.code, code.attempt.verifier)
            result = await self.recorder.record(login, granted)
            await listener.answer(Outcome(succeeded=True))
            return result

        try:
            return await self.recorder.finish(login.account.name, partial(finish, _verified(answer)))
        except BaseException as error:  # an interrupt that waited for a success finds the browser answered
            await listener.answer(Outcome(succeeded=False, detail=_page_detail(error)))
            raise


def _verified(answer: Answer | None) -> VerifiedCode:
    """Returns the code of an answer, or raises the error of the answer."""
    if answer is None:
        raise LoginTimeout("the login was not finished in the browser in time; log in again, or use --device")
    if not isinstance(answer, VerifiedCode):
        raise answer
    return answer


def _page_detail(error: BaseException) -> str:
    """Returns the reason for the browser's page; a foreign error's text may contain secrets and is left out."""
    if isinstance(error, PromptVMAuthError):
        return str(error)
    return "an unexpected error ended the login" if isinstance(error, Exception) else "the login was interrupted"
