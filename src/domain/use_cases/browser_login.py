"""The authorization code flow, in order: listen, open, wait, exchange, record, tell the browser (RFC 8252)."""

from collections.abc import Sequence

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
from .exchange import exchange
from .login_request import LoginRequest
from .record_login import Login, LoginRecorder, LoginResult

PASTE_HINT = (
    "if your browser is on another machine, it ends on an address that it cannot reach: copy that address from its "
    "address bar, paste it here and press Enter. It is not shown as you paste."
)
"""For a user who has a terminal before them; half a sentence, as events have it."""


@frozen
class Presentation:
    """How the login page reaches the user.

    Attributes:
        no_browser_reason: why no browser is opened and the URL is only shown; empty if one is opened.
        allow_paste: whether the browser is likely on another machine and its last address can be pasted here; the user
            is shown the authorize URL then, for no other machine reaches the local start URL.
    """

    no_browser_reason: str = ""
    allow_paste: bool = False


@frozen
class BrowserLogin:
    """One login in the user's own browser, on this machine or on one that the user pastes from.

    Attributes:
        ports: the allowed callback ports in order of preference; empty means any free one.
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
        """Logs in, records the login, and only then tells the browser of success.

        Args:
            login: where it is made and for which profile.
            request: for how long the user is waited for.
            presentation: how the page reaches the user.
            device_name: shown in the user's list of authorised devices.

        Raises:
            ListenerError: no loopback port could be had, or nothing can be pasted where only that is left.
            ConfigurationError: the web app's URL is not known.
            LoginTimeout: nobody came back in time.
            OAuthError: the user or the server refused; `AccessDenied` if it was the user.
            WrongIssuer: another server answered than the login was begun with; nothing was exchanged.
            TransportError, InvalidResponse: the code could not be exchanged.
            PromptVMAuthError: the login could not be recorded; see `LoginRecorder.record`.
        """
        name = login.account.name
        attempt = Attempt.begin(login.server, self.entropy.random_bytes)
        listener: CallbackListener[Answer] = await self.callback.open(attempt.accept, ports=self.ports)
        try:
            url = attempt.authorize_url(listener.redirect_uri, device_name)
            start = Secret(listener.start_url(url.reveal()))
            await self._show(name, start, url if presentation.allow_paste else start, presentation)
            self.emit(Waiting(name, request.timeout))
            answer = await listener.wait(request.timeout)
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
        """Exchanges and records, and tells the browser the truth about it (RFC 6749 §4.1.2: a code is used once)."""
        try:
            code = _verified(answer)
            request = exchange_request(code, listener.redirect_uri)
            granted = await exchange(self.http, self.clock, request, code.code, code.attempt.verifier)
            result = await self.recorder.record(login, granted)
        except BaseException as error:
            await listener.answer(Outcome(succeeded=False, detail=_shown(error)))
            raise
        await listener.answer(Outcome(succeeded=True))
        return result


def _verified(answer: Answer | None) -> VerifiedCode:
    """Returns the code of an answer, or raises what the answer says."""
    if answer is None:
        raise LoginTimeout("nobody finished the login in the browser in time; log in again, or use --device")
    if not isinstance(answer, VerifiedCode):
        raise answer
    return answer


def _shown(error: BaseException) -> str:
    """Returns what the browser's page says of a failure; the text of an error that is not ours may hold anything."""
    if isinstance(error, PromptVMAuthError):
        return str(error)
    return "an unexpected error ended the login" if isinstance(error, Exception) else "the login was interrupted"
