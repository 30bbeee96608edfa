"""The authorization server as one object that turns requests into replies, without sockets, threads or a clock."""

import time
from collections.abc import Callable
from os import urandom
from threading import RLock

from attrs import evolve

from .consent import DECISIONS
from .exchange import Refusal, Reply, Request
from .faults import Fault, FaultQueue
from .person import answer_consent
from .request_log import LogEntry, RequestLog
from .router import Endpoint, route
from .sessions import End, Session
from .settings import Settings
from .state import State
from .token_endpoints import grant_type_of

MAX_LOGGED_PATH = 200


class AuthServer:
    """A PromptVM server with one test user. Safe to use from several threads.

    Args:
        now: returns the wall clock in seconds since 1970-01-01 UTC.
        random: returns the requested number of unpredictable bytes.
        settings: the settings, which are not copied, so they can be changed while the server runs.
        app_url: the origin of the web app, for verification URLs.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        random: Callable[[int], bytes] = urandom,
        settings: Settings | None = None,
        *,
        app_url: str = "http://127.0.0.1",
    ) -> None:
        self._now = now
        self._state = State(now, random, settings or Settings(), app_url)
        self._faults = FaultQueue()
        self._log = RequestLog()
        self._lock = RLock()

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self._state.settings

    def handle(self, request: Request) -> Reply:
        """Returns the reply to a request. The caller must carry out its `delay` and `ending`."""
        return self.handle_logged(request)[0]

    def handle_logged(self, request: Request) -> tuple[Reply, LogEntry]:
        """Returns the reply to a request and its log entry."""
        with self._lock:
            found = route(request.path)
            reply = self._faults.carry_out(found.endpoint, lambda: found.handle(self._state, request))
            entry = LogEntry(
                time=self._now(),
                method=request.method,
                path=request.path[:MAX_LOGGED_PATH],
                endpoint=found.endpoint,
                grant_type=grant_type_of(request),
                status=reply.status,
                outcome=reply.outcome,
                ending=reply.ending,
            )
            self._log.add(entry)
            return evolve(reply, delay=reply.delay + self.settings.latency), entry

    def queue_fault(self, endpoint: Endpoint, *faults: Fault) -> None:
        """Queues faults for the next requests to an endpoint, one for each request, in this order."""
        with self._lock:
            self._faults.add(endpoint, *faults)

    def approve(self, authorize_url: str) -> str:
        """Approves a login in the browser as the user, and returns the URL that the browser is redirected to.

        Args:
            authorize_url: the URL that the client opens in the browser.

        Raises:
            ValueError: the URL is not this web app's, or the server showed an error page.
        """
        return self._consent(authorize_url, "approve")

    def deny(self, authorize_url: str) -> str:
        """Denies a login in the browser as the user, and returns the URL that the browser is redirected to.

        Raises:
            ValueError: the URL is not this web app's, or the server showed an error page.
        """
        return self._consent(authorize_url, "deny")

    def approve_device(self, user_code: str) -> None:
        """Approves a device as the user.

        Raises:
            ValueError: the user code is not pending.
        """
        self._decide(user_code, "approve")

    def deny_device(self, user_code: str) -> None:
        """Denies a device as the user.

        Raises:
            ValueError: the user code is not pending.
        """
        self._decide(user_code, "deny")

    def end_session(self, session_id: str) -> None:
        """Revokes a session, as the user can in the web app; its tokens become invalid at once."""
        with self._lock:
            self._state.sessions.end(session_id, End.REVOKED)

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """The log entries of all requests, in the order in which they were processed."""
        with self._lock:
            return self._log.entries()

    def count(
        self, endpoint: Endpoint | None = None, *, grant_type: str | None = None, outcome: str | None = None
    ) -> int:
        """Returns the number of logged requests that match all arguments that are not None."""
        with self._lock:
            return sum(1 for _ in self._log.matching(endpoint, grant_type, outcome))

    @property
    def answered_refreshes(self) -> int:
        """The number of granted refreshes, whether or not the reply arrived."""
        return self.count("token", grant_type="refresh_token", outcome="ok")

    @property
    def live_sessions(self) -> tuple[Session, ...]:
        """The sessions that have neither ended nor expired, the oldest first."""
        with self._lock:
            return self._state.sessions.living()

    @property
    def revoked_families(self) -> tuple[Session, ...]:
        """The sessions that were ended because a rotated refresh token was reused."""
        with self._lock:
            return self._state.sessions.ended(End.REFRESH_TOKEN_REUSED)

    def _consent(self, authorize_url: str, action: str) -> str:
        if not authorize_url.startswith(f"{self._state.app_url}/"):
            raise ValueError(f"the URL to open is not one of {self._state.app_url}")
        return answer_consent(self.handle, authorize_url, action)

    def _decide(self, user_code: str, action: str) -> None:
        with self._lock:
            try:
                self._state.devices.decide(user_code, DECISIONS[action])
            except Refusal as refusal:
                raise ValueError(refusal.description) from None
