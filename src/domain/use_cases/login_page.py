"""The page where a browser login begins: how the user reaches it, and what is told while its answer is awaited."""

from attrs import define, field, frozen

from ...ports.browser import Browser, Opening
from ...ports.callback import CallbackListener
from ...ports.cancellation import Cancellation
from ...ports.events import BrowserNotOpened, BrowserOpened, Listener, ProblemNoticed
from ...ports.secret import Secret
from ...ports.timeouts import BROWSER_WATCH, LOGIN_HINT
from ..errors import BrowserError, CallbackRejected
from ..oauth.authorization import Answer
from ..oauth.links import Links

PASTE_HINT = (
    "if your browser is on another machine, it ends on an address that it cannot reach: copy that address from its "
    "address bar, paste it here and press Enter. It is not shown as you paste."
)
"""Instructions for a user at a terminal; they begin in lower case, like all texts of events."""

VISITED_TWICE = "the link that the browser was opened with was visited twice, maybe by another program"


@frozen
class Presentation:
    """How the login page reaches the user.

    Attributes:
        no_browser_reason: why no browser is opened and the URL is only shown; empty if a browser is opened.
        allow_paste: whether the browser is probably on another machine and the user can paste its last address here;
            the user is shown the authorize URL then, since other machines cannot reach the local start URL.
        seen: whether the user sees what is emitted; if not, a browser that does not open ends the login.
        replaceable: whether another flow continues the login if no browser opens.
        cancellation: ends the login while the user is waited for.
    """

    no_browser_reason: str = ""
    allow_paste: bool = False
    seen: bool = True
    replaceable: bool = False
    cancellation: Cancellation = field(factory=Cancellation)


@define
class LoginPage:
    """The page of one login.

    Attributes:
        profile: the name of the profile that is logged in to.
        links: the two links to the page, with what each leads to.
        opened: the URL for the browser's opener.
        shown: the URL for the user.
        check: what the user should check if the page refuses the login; empty for PromptVM, which knows its client.
    """

    profile: str
    links: Links
    opened: Secret
    shown: Secret
    browser: Browser
    emit: Listener
    presentation: Presentation
    check: str = ""
    _opening: Opening | None = None
    _told_twice: bool = False
    _waited: float = 0.0

    async def show(self) -> None:
        """Opens the browser, or says why it does not, and shows the link.

        Raises:
            BrowserError: no browser opened, and the user sees no link, or another flow continues the login.
        """
        reason = self.presentation.no_browser_reason
        if not reason:
            try:
                self._opening = await self.browser.open(self.opened.reveal())
            except BrowserError as error:
                self._yield_to_another(error)
                reason = str(error)
        shown = self.shown.reveal()
        self.emit(BrowserNotOpened(self.profile, shown, reason) if reason else BrowserOpened(self.profile, shown))
        if self.presentation.allow_paste:
            self.emit(ProblemNoticed(self.profile, PASTE_HINT))

    async def answer(self, listener: CallbackListener[Answer], seconds: float) -> Answer | None:
        """Waits for the redirect, and tells what happens to the links in the meantime.

        Args:
            listener: the listener that the page redirects to.
            seconds: the longest wait.

        Returns:
            The answer, or None if there was none in time.

        Raises:
            BrowserError: it turned out that no browser opened, as in `show`.
            CallbackRejected: the opened link was visited twice, and the user sees no other.
            LoginCancelled: the login was cancelled.
        """
        while seconds > 0:
            answer = await listener.wait(min(seconds, BROWSER_WATCH))
            if answer is not None:
                return answer
            self._waited += BROWSER_WATCH
            self.presentation.cancellation.check()
            self._watch()
            seconds -= BROWSER_WATCH
        return None

    def _watch(self) -> None:
        failure = "" if self._opening is None else self._opening.failure()
        if failure and self.links.unused:
            self._opening = None  # it is told once
            self._yield_to_another(BrowserError(f"no browser could be opened: {failure}"))
            self.emit(BrowserNotOpened(self.profile, self.shown.reveal(), failure))
        if self.check and self._waited >= LOGIN_HINT and not self.links.unused:
            self.emit(ProblemNoticed(self.profile, f"no answer yet; if the page refuses the sign-in, {self.check}"))
            self.check = ""
        if self.links.opened.void and not self._told_twice:
            self._told_twice = True
            if not self.presentation.seen:
                raise CallbackRejected(f"{VISITED_TWICE}; nothing was exchanged, log in again")
            self.emit(ProblemNoticed(self.profile, f"{VISITED_TWICE}: sign in with the link that is shown here"))

    def _yield_to_another(self, error: BrowserError) -> None:
        """Raises the error if another flow continues the login, or if the user does not see the link."""
        if self.presentation.replaceable or not self.presentation.seen:
            raise error
