"""What every clock must do, as tests: subclass `ClockContract` and implement its two methods."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from ..ports.clock import Clock, WakeableClock

T = TypeVar("T")


class ClockContract:
    """The clock port's contract."""

    def make(self) -> Clock:
        """Returns the clock under test."""
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end: `run_blocking` or `asyncio.run`."""
        raise NotImplementedError

    def test_a_sleep_moves_the_monotonic_clock_by_at_least_its_length(self) -> None:
        """A poll after a sleep must not be early."""
        clock = self.make()
        before = clock.monotonic()
        self.run(clock.sleep(0.02))
        assert clock.monotonic() - before >= 0.019

    def test_the_wall_clock_goes_on_during_a_sleep(self) -> None:
        """Expiry depends on it."""
        clock = self.make()
        before = clock.now()
        self.run(clock.sleep(0.02))
        assert clock.now() > before

    def test_the_wall_clock_counts_from_1970(self) -> None:
        """In seconds, not in milliseconds, and not from another start."""
        assert 1_000_000_000 < self.make().now() < 100_000_000_000

    def test_a_sleep_of_zero_or_less_does_not_wait(self) -> None:
        """The rest of a wait may be negative."""
        clock = self.make()
        before = clock.monotonic()
        self.run(clock.sleep(0.0))
        self.run(clock.sleep(-1.0))
        assert 0.0 <= clock.monotonic() - before < 1.0

    def test_a_sleep_that_is_stopped_ends_soon(self) -> None:
        """A login that is cancelled ends within 0.3 seconds, if the clock can be woken."""
        clock = self.make()
        if isinstance(clock, WakeableClock):
            looks = iter([False, True])
            before = clock.monotonic()
            self.run(clock.sleep_unless(lambda: next(looks, True), 0.7))
            self.run(clock.sleep_unless(lambda: True, 60.0))
            assert clock.monotonic() - before < 1.0

    def test_a_sleep_that_is_not_stopped_has_its_length(self) -> None:
        """The server must not be polled early by a login that goes on."""
        clock = self.make()
        if isinstance(clock, WakeableClock):
            before = clock.monotonic()
            self.run(clock.sleep_unless(lambda: False, 0.25))
            self.run(clock.sleep_unless(lambda: False, -1.0))
            assert 0.249 <= clock.monotonic() - before < 5.0
