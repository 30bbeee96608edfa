"""Ending a login while it waits for its user: from another thread, a signal handler, or a listener."""

from collections.abc import Generator
from contextlib import contextmanager

from .errors import LoginCancelled


class CancelLogin(Exception):
    """A listener raises this to end the login that the event is about. `login` raises `LoginCancelled`."""


class Cancellation:
    """Ends the login that it was passed to; all of them, if it was passed to several.

    Pass it to `login` as `cancellation`. Any thread, signal handler or listener may call `cancel`. A login that waits
    for its user then raises `LoginCancelled` within 0.3 seconds. A request that was sent already is finished first,
    within its time limit of 30 seconds; if it brings tokens, they are stored and the login succeeds.
    """

    def __init__(self) -> None:
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Ends the login. It may be called before the login begins, and more than once."""
        self._cancelled = True

    def check(self) -> None:
        """Raises an error if the login must not go on.

        Raises:
            LoginCancelled: `cancel` was called.
        """
        if self.cancelled:
            raise LoginCancelled("the login was cancelled; nothing was stored")


class _OneLogin(Cancellation):
    """The cancellation of one running login, which another one, from its caller, may cancel as well."""

    def __init__(self, callers: Cancellation | None) -> None:
        super().__init__()
        self._callers = callers

    @property
    def cancelled(self) -> bool:
        """Whether this one or the caller's was cancelled."""
        return self._cancelled or (self._callers is not None and self._callers.cancelled)


class RunningLogins:
    """The logins of one client that are running now. Threads may share it."""

    def __init__(self) -> None:
        self._running: dict[Cancellation, str] = {}

    @contextmanager
    def add(self, profile: str, callers: Cancellation | None = None) -> Generator[Cancellation]:
        """Adds a login for as long as the block runs, and returns its cancellation.

        Args:
            profile: the name of the profile that is logged in to.
            callers: the cancellation that the caller of the login passed, or None.
        """
        login = _OneLogin(callers)
        self._running[login] = profile
        try:
            yield login
        finally:
            del self._running[login]

    def cancel(self, profile: str | None = None) -> None:
        """Cancels the running logins to a profile; None means all running logins."""
        for login, name in self._running.copy().items():  # without a lock, since a signal handler may call this
            if profile in {None, name}:
                login.cancel()
