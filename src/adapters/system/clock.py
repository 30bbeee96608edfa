"""The clock of this machine, blocking and asynchronous."""

import time
from collections.abc import Callable

from ...ports.timeouts import CANCEL_WATCH


class _SystemClock:
    """The common part of both clocks: reading the time never waits."""

    def now(self) -> float:
        """Returns the wall clock in seconds since 1970-01-01 UTC; it may jump."""
        return time.time()

    def monotonic(self) -> float:
        """Returns seconds since an arbitrary moment, which never go back; they may stop while the machine sleeps."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits for `seconds` seconds."""
        raise NotImplementedError

    async def sleep_unless(self, stopped: Callable[[], bool], seconds: float) -> None:
        """Waits for `seconds` seconds, or until `stopped` returns True."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not stopped():
            await self.sleep(min(left, CANCEL_WATCH))


class BlockingClock(_SystemClock):
    """Sleeps in the calling thread."""

    async def sleep(self, seconds: float) -> None:
        """Waits for `seconds` seconds; a negative number counts as zero."""
        time.sleep(max(0.0, seconds))  # noqa: ASYNC251 - blocking flows never suspend


class AsyncClock(_SystemClock):
    """Sleeps in the running event loop."""

    async def sleep(self, seconds: float) -> None:
        """Waits for `seconds` seconds; a negative number counts as zero."""
        import asyncio

        await asyncio.sleep(max(0.0, seconds))
