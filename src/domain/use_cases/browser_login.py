"""The authorization code flow: listen, open the browser, wait, exchange, record, answer the browser (RFC 8252)."""

from collections.abc import Sequence
from functools import partial

from attrs import frozen

from ...ports.browser import Browser
from ...ports.callback import CallbackListener, CallbackPort, Outcome
from ...ports.cancellation import Cancellation
from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.events import Listener, Waiting
from ...ports.http import Http
from ...ports.secret import Secret
from ...ports.timeouts import LOGIN_WAIT
from ..errors import LoginTimeout, OAuthError
from ..oauth.authorization import Answer, VerifiedCode, exchange_request
from ..oauth.links import Links
from ..oauth.refused_client import name_client, what_to_check
from ..oauth.server import AuthorizationServer
from .login_end import words_for
from .login_page import LoginPage, Presentation
from .login_request import LoginRequest
from .login_result import LoginResult
from .record_login import Login, LoginRecorder, exchange


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
            BrowserError: no browser opened, and the user sees no link, or another flow continues the login.
            CallbackRejected: the opened link was visited twice, and the user sees no other.
            LoginTimeout: the user did not finish in time.
            LoginCancelled: the login was cancelled.
            OAuthError: the server refused; `AccessDenied` if the user did.
            WrongIssuer: the redirect is from another server; nothing was exchanged.
            TransportError, InvalidResponse: the code could not be exchanged.
            PromptVMAuthError: the errors of `LoginRecorder.record`.
        """
        links = Links(login.server, self.entropy.random_bytes)
        listener: CallbackListener[Answer] = await self.callback.open(links.accept, ports=self.ports)
        try:
            page = self._page(login, links, listener, presentation, device_name)
            await page.show()
            seconds = LOGIN_WAIT if request.timeout is None else request.timeout
            self.emit(Waiting(page.profile, seconds))
            answer = await page.answer(listener, seconds)
            return await self._conclude(login, listener, answer, presentation.cancellation)
        finally:
            await listener.close()

    def _page(
        self,
        login: Login,
        links: Links,
        listener: CallbackListener[Answer],
        presentation: Presentation,
        device_name: str,
    ) -> LoginPage:
        uri = listener.redirect_uri
        opened, shown = (link.attempt.authorize_url(uri, device_name) for link in (links.opened, links.shown))
        start = Secret(listener.start_url(opened.reveal(), links.opened.admit))
        if not presentation.allow_paste:
            shown = Secret(listener.start_url(shown.reveal(), links.shown.admit))
        check = what_to_check(login.server, uri) if login.server.issuer else ""
        return LoginPage(login.account.name, links, start, shown, self.browser, self.emit, presentation, check)

    async def _conclude(
        self, login: Login, listener: CallbackListener[Answer], answer: Answer | None, cancellation: Cancellation
    ) -> LoginResult:
        """Exchanges the code, records the login, and answers the browser with the outcome."""
        uri, product = listener.redirect_uri, login.server.product

        async def finish(code: VerifiedCode) -> LoginResult:
            cancellation.check()  # until here there are no tokens
            request = exchange_request(code, uri)
            try:
                granted = await exchange(self.http, self.clock, request, code.code, code.attempt.verifier)
            except OAuthError as error:
                raise name_client(error, login.server, uri) from None
            result = await self.recorder.record(login, granted)
            await listener.answer(Outcome(succeeded=True, product=product, account=_account(result)))
            return result

        try:
            return await self.recorder.finish(login.account.name, partial(finish, _verified(answer, login.server, uri)))
        except BaseException as error:  # an interrupt that waited for a success finds the browser answered
            await listener.answer(Outcome(succeeded=False, detail=words_for(error), product=product))
            raise


def _verified(answer: Answer | None, server: AuthorizationServer, uri: str) -> VerifiedCode:
    """Returns the code of an answer, or raises the error of the answer."""
    if answer is None:
        again = "log in again, or use the device flow"
        check = f"; if the page refused it, {what_to_check(server, uri)}" if server.issuer else ""
        raise LoginTimeout(f"the login was not finished in the browser in time; {again}{check}")
    if not isinstance(answer, VerifiedCode):
        raise name_client(answer, server, uri) if isinstance(answer, OAuthError) else answer
    return answer


def _account(result: LoginResult) -> str:
    return "" if result.user is None else result.user.email or result.user.name
