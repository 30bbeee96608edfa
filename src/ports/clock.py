"""The clock port: wall time for expiry, monotonic time for polling and time-outs, and sleep."""

from typing import Protocol


class Clock(Protocol):
    """Time. Only `sleep` can wait."""

    def now(self) -> float:
        """Give the wall clock in seconds since 1970-01-01 UTC; it may jump."""
        ...

    def monotonic(self) -> float:
        """Give seconds from an arbitrary start that never go back; it may stand still while a machine sleeps."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds, at least zero."""
        ...
