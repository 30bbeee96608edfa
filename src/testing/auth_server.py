"""A PromptVM server in process: the development server's logic as an `Http` port, under a fake clock."""

from urllib.parse import urlsplit

from ..devserver.auth_server import AuthServer
from ..devserver.exchange import Ending, Reply, Request
from ..devserver.faults import Fault
from ..devserver.request_log import LogEntry
from ..devserver.router import Endpoint
from ..devserver.settings import Settings
from ..ports.clock import Clock
from ..ports.errors import TransportError
from ..ports.http import HttpRequest, HttpResponse

BASE_URL = "https://api.promptvm.test"
APP_URL = "https://app.promptvm.test"

START = 1_700_000_000.0
"""The start of the clock of a server that was passed none, in seconds since 1970-01-01 UTC."""


class FakeAuthServer:
    """A PromptVM server without a socket: an `Http` port for blocking and asynchronous clients. Acts as the user too.

    Args:
        clock: decides when tokens and codes expire; delayed responses sleep on it. The default one moves only then.
        settings: the settings, which may be changed while it runs.
        base_url: the origin of the API.
        app_url: the origin of the web app.

    Attributes:
        auth: the logic of the development server, for what has no method here: live sessions, revoked families.
        base_url: the origin of the API.
        app_url: the origin of the web app.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        settings: Settings | None = None,
        *,
        base_url: str = BASE_URL,
        app_url: str = APP_URL,
    ) -> None:
        self._clock: Clock = clock or _OwnClock()
        self.base_url = base_url
        self.app_url = app_url
        self.auth = AuthServer(self._clock.now, settings=settings, app_url=app_url)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Returns the response to a request.

        Raises:
            TransportError: a queued fault, a response after `request.timeout` seconds or longer than
                `request.max_body` bytes, or a URL of another server.
        """
        url = urlsplit(request.url)
        if f"{url.scheme}://{url.netloc}" not in {self.base_url, self.app_url}:
            raise TransportError("the fake server does not have the origin of this URL")
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = self.auth.handle(Request(request.method, url.path or "/", url.query, headers, request.body or b""))
        if reply.delay:
            await self._clock.sleep(min(reply.delay, request.timeout))
        _raise_if_lost(reply, request)
        return HttpResponse(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body)

    async def close(self) -> None:
        """Does nothing, since there is nothing to release."""

    def approve(self, authorize_url: str) -> str:
        """Approves a login as the user does in the browser.

        Args:
            authorize_url: the URL of the authorization request.

        Returns:
            The URL that the browser is redirected to.

        Raises:
            ValueError: the URL is not one of the web app, or the server showed an error page.
        """
        return self.auth.approve(authorize_url)

    def deny(self, authorize_url: str) -> str:
        """Denies a login as the user does in the browser, and returns the URL that the browser is redirected to."""
        return self.auth.deny(authorize_url)

    def approve_device(self, user_code: str) -> None:
        """Approves a device login as the user does.

        Raises:
            ValueError: no device login has this user code.
        """
        self.auth.approve_device(user_code)

    def deny_device(self, user_code: str) -> None:
        """Denies a device login as the user does.

        Raises:
            ValueError: no device login has this user code.
        """
        self.auth.deny_device(user_code)

    def queue_fault(self, endpoint: Endpoint, *faults: Fault) -> None:
        """Makes the next requests to an endpoint fail, with one fault per request, in this order."""
        self.auth.queue_fault(endpoint, *faults)

    def count(
        self, endpoint: Endpoint | None = None, *, grant_type: str | None = None, outcome: str | None = None
    ) -> int:
        """Returns the number of logged requests that match all arguments.

        Args:
            endpoint: the endpoint; None matches every one.
            grant_type: the grant type of a token request; None matches every one.
            outcome: the outcome in the log; None matches every one.
        """
        return self.auth.count(endpoint, grant_type=grant_type, outcome=outcome)

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """The log of all requests so far."""
        return self.auth.log

    @property
    def settings(self) -> Settings:
        """The settings, which may be changed."""
        return self.auth.settings


class _OwnClock:
    """Time that stands still until something sleeps."""

    def __init__(self) -> None:
        self._slept = 0.0

    def now(self) -> float:
        return START + self._slept

    def monotonic(self) -> float:
        return self._slept

    async def sleep(self, seconds: float) -> None:
        self._slept += seconds


def _raise_if_lost(reply: Reply, request: HttpRequest) -> None:
    """Raises the `TransportError` that a real connection would cause."""
    if reply.delay > request.timeout:
        raise TransportError("the server took too long to answer")
    if reply.ending is Ending.DROPPED:
        raise TransportError("the server closed the connection without an answer")
    if reply.ending is Ending.CUT:
        raise TransportError("the answer broke off", status=reply.status)
    if len(reply.body) > request.max_body:
        raise TransportError("the answer is too long", status=reply.status)
