"""The clock port: wall time for expiry, monotonic time for polling and time-outs, and sleep."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable


class Clock(Protocol):
    """Tells the time; only `sleep` can wait."""

    def now(self) -> float:
        """Returns the wall clock in seconds since 1970-01-01 UTC; it may jump."""
        ...

    def monotonic(self) -> float:
        """Returns seconds since an arbitrary moment, which never go back; they may stop while the machine sleeps."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits for `seconds` seconds; a negative number counts as zero."""
        ...


@runtime_checkable
class WakeableClock(Clock, Protocol):
    """A clock on which a sleep can be ended early. On any other clock, a cancelled login ends after the sleep."""

    async def sleep_unless(self, stopped: Callable[[], bool], seconds: float) -> None:
        """Waits for `seconds` seconds, or until at most `CANCEL_WATCH` seconds after `stopped` returns True.

        Args:
            stopped: tells whether to stop; never raises, and is cheap.
            seconds: the longest wait; a negative number counts as zero.
        """
        ...
