"""The clock port: wall time for expiry, monotonic time for polling and time-outs, and sleep."""

from typing import Protocol


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
