"""What a login waits for and how long still, in one row: its longest wording that fits the window."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from ...ports.text import countdown
from .lines import Kind, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...ports.events import Retrying, UnlockAwaited, Waiting

_MINUTE, _HOUR = 60, 3600

_LONGEST = 99 * _HOUR
"""The longest duration that is shown, in seconds."""


class Times(NamedTuple):
    """The clocks of a screen.

    Attributes:
        now: returns the wall clock, in seconds since 1970-01-01 UTC.
        monotonic: returns the monotonic clock, in seconds.
    """

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


class Outage(NamedTuple):
    """Requests that fail.

    Attributes:
        reason: why the last one failed.
        since: when the first one of them had failed, by the wall clock.
        again: when the next one is sent, by the monotonic clock.
        answered: whether something answered, though not as it should.
    """

    reason: str
    since: float
    again: float
    answered: bool


class Progress:
    """The state of the wait, as the events tell it.

    Args:
        times: the clocks.
        separator: what stands between two parts of a row.
    """

    def __init__(self, times: Times, separator: str) -> None:
        self._times = times
        self._separator = separator
        self._what = ""
        self._until = 0.0
        self._outage: Outage | None = None

    def waiting(self, event: Waiting) -> None:
        """Begins the wait for the user."""
        self._what, self._until = "Waiting for you to sign in", self._times.monotonic() + event.seconds
        self._outage = None

    def unlocking(self, event: UnlockAwaited) -> None:
        """Begins the wait for a prompt of the keychain."""
        self._what = "The keychain is locked: answer its prompt"
        self._until = self._times.monotonic() + event.seconds

    def retrying(self, event: Retrying) -> None:
        """Notes a failed request, and when the next one is sent."""
        since = self._times.now() if self._outage is None else self._outage.since
        again = self._times.monotonic() + event.seconds
        self._outage = Outage(readable(event.reason).rstrip("."), since, again, event.answered)

    def recovered(self) -> None:
        """Notes that the server answers again."""
        self._outage = None

    def ended(self) -> None:
        """Ends every wait."""
        self._what, self._outage = "", None

    @property
    def kind(self) -> Kind:
        """How the row is set."""
        return Kind.QUIET if self._outage is None else Kind.WARNING

    def row(self, width: int) -> str:
        """Returns the row; empty if nothing is waited for.

        Args:
            width: the greatest width in columns.
        """
        if not self._what:
            return ""
        left = f"{countdown(self._until - self._times.monotonic())} left"
        outage = self._outage
        if outage is None:
            return self._fitting(width, (self._what, left, "Ctrl-C stops"), (self._what, left), (left,))
        long = self.outage_words()
        short = f"No answer since {_of_day(outage.since)}, {self._again(outage).replace('trying again', 'next try')}"
        wordings = (long, left, outage.reason), (long, left), (long,), (short, left), (short,)
        return self._fitting(width, *wordings, (f"No answer, {self._again(outage)}",))

    def outage_words(self) -> str:
        """Returns since when requests fail and when the next one follows; empty without an outage."""
        if self._outage is None:
            return ""
        answer = "answered as it should" if self._outage.answered else "answered"
        return f"The server has not {answer} since {_of_day(self._outage.since)}, {self._again(self._outage)}"

    def _again(self, outage: Outage) -> str:
        left = round(min(outage.again - self._times.monotonic(), _LONGEST))
        return f"trying again in {left} s" if left > 0 else "trying again now"

    def _fitting(self, width: int, *variants: Sequence[str]) -> str:
        rows = [self._separator.join(parts) for parts in variants]
        return next((row for row in rows if len(row) <= width), rows[-1])


def _of_day(seconds: float) -> str:
    return time.strftime("%H:%M", time.localtime(seconds))
