"""A clock that jumps by itself: sleeping takes no time and moves the hands."""


class FakeClock:
    """A clock for both colours; nothing really sleeps.

    Args:
        now: the wall clock at the start, in seconds since 1970-01-01 UTC.
        monotonic: the monotonic clock at the start, in seconds.
        rate: seconds on the monotonic clock for each second on the wall clock; 1.15 is a clock that runs 15 % fast.

    Attributes:
        sleeps: every sleep so far, in seconds.
    """

    def __init__(self, now: float = 1_700_000_000.0, *, monotonic: float = 1000.0, rate: float = 1.0) -> None:
        self.sleeps: list[float] = []
        self._now = now
        self._monotonic = monotonic
        self._rate = rate

    def now(self) -> float:
        """Give the wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Give the monotonic clock."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """Return at once, with that many seconds gone by on the monotonic clock; less than zero counts as zero."""
        self.sleeps.append(seconds)
        self.advance(max(0.0, seconds) / self._rate)

    def advance(self, seconds: float) -> None:
        """Let that many seconds of wall time go by."""
        self._now += seconds
        self._monotonic += seconds * self._rate

    def suspend(self, seconds: float) -> None:
        """Let the machine sleep: the wall clock goes on and the monotonic one stands still.

        A negative number sets the wall clock back.
        """
        self._now += seconds
