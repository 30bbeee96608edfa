"""The clock of this machine, in both colours."""

import time


class _SystemClock:
    """What both colours share: reading a clock never waits."""

    def now(self) -> float:
        """Give the wall clock in seconds since 1970-01-01 UTC; it may jump."""
        return time.time()

    def monotonic(self) -> float:
        """Give seconds that never go back; they may stand still while the machine sleeps."""
        return time.monotonic()


class BlockingClock(_SystemClock):
    """Sleeps in the calling thread."""

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds; less than zero counts as zero."""
        time.sleep(max(0.0, seconds))  # noqa: ASYNC251 - the blocking colour never suspends


class AsyncClock(_SystemClock):
    """Sleeps in the running event loop."""

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds; less than zero counts as zero."""
        import asyncio

        await asyncio.sleep(max(0.0, seconds))
