"""A clock for tests: sleeping on it takes no time and advances it."""

from collections.abc import Callable


class FakeClock:
    """A clock for blocking and asynchronous clients, which never really sleeps.

    Args:
        now: the wall clock at the start, in seconds since 1970-01-01 UTC.
        monotonic: the monotonic clock at the start, in seconds.
        rate: seconds on the monotonic clock for each second on the wall clock; 1.15 is a clock that runs 15 % fast.

    Attributes:
        sleeps: the length of every sleep so far, in seconds.
    """

    def __init__(self, now: float = 1_700_000_000.0, *, monotonic: float = 1000.0, rate: float = 1.0) -> None:
        self.sleeps: list[float] = []
        self._now = now
        self._monotonic = monotonic
        self._rate = rate

    def now(self) -> float:
        """Returns the wall clock, in seconds since 1970-01-01 UTC."""
        return self._now

    def monotonic(self) -> float:
        """Returns the monotonic clock, in seconds."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """Advances the monotonic clock by `seconds` and returns at once; a negative number counts as zero."""
        self.sleeps.append(seconds)
        self.advance(max(0.0, seconds) / self._rate)

    async def sleep_unless(self, stopped: Callable[[], bool], seconds: float) -> None:
        """Sleeps as `sleep` does; if `stopped` returns True, does nothing."""
        if not stopped():
            await self.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Advances the wall clock by `seconds`, and the monotonic clock with it."""
        self._now += seconds
        self._monotonic += seconds * self._rate

    def suspend(self, seconds: float) -> None:
        """Advances the wall clock alone, as when the machine sleeps.

        Args:
            seconds: the time asleep; a negative number sets the wall clock back.
        """
        self._now += seconds
