"""What every lock must do, as tests: subclass `LockContract` and implement its two methods."""

from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep
from typing import Any, TypeVar

from ..ports.errors import LockTimeout
from ..ports.lock import Lock

T = TypeVar("T")

_LONG = 10.0
_SHORT = 0.05


class LockContract:
    """The lock port's contract. Its tests run the lock in several threads."""

    def make(self) -> Lock:
        """Returns a lock; all locks of one test guard the same store."""
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end: `run_blocking` or `asyncio.run`."""
        raise NotImplementedError

    def test_a_lock_can_be_held_again_after_it_was_released(self) -> None:
        """By the same instance and by another one."""
        lock = self.make()
        assert self._try(lock) == "held"
        assert self._try(lock) == "held"
        assert self._try(self.make()) == "held"

    def test_a_second_holder_is_told_when_its_time_is_over(self) -> None:
        """It may use the same instance or another one."""
        lock = self.make()

        async def hold() -> list[str]:
            async with lock.hold("work", timeout=_LONG):
                return [self._try_elsewhere(lock), self._try_elsewhere(self.make())]

        assert self.run(hold()) == ["timed out", "timed out"]

    def test_no_time_to_wait_means_one_attempt(self) -> None:
        """Zero and negative times do not wait."""
        lock = self.make()

        async def hold() -> list[str]:
            async with lock.hold("work", timeout=0):
                return [self._try_elsewhere(lock, timeout=0), self._try_elsewhere(lock, timeout=-1)]

        assert self.run(hold()) == ["timed out", "timed out"]

    def test_the_locks_of_two_profiles_are_independent(self) -> None:
        """Each credential has a lock of its own."""
        lock = self.make()

        async def hold() -> str:
            async with lock.hold("work", timeout=_LONG):
                return self._try_elsewhere(lock, "home")

        assert self.run(hold()) == "held"

    def test_an_error_in_the_block_passes_and_releases(self) -> None:
        """The caller gets its own error, unchanged."""
        lock = self.make()
        mine = RuntimeError("of the caller")

        async def fail() -> None:
            async with lock.hold("work", timeout=_LONG):
                raise mine

        caught: BaseException | None = None
        try:
            self.run(fail())
        except RuntimeError as error:
            caught = error
        assert caught is mine
        assert self._try(lock) == "held"

    def test_one_that_waits_gets_the_lock_when_it_is_released(self) -> None:
        """Long before the time-out."""
        lock = self.make()
        held, release = Event(), Event()

        async def hold() -> None:
            async with lock.hold("work", timeout=_LONG):
                held.set()
                assert release.wait(_LONG)

        with ThreadPoolExecutor(max_workers=2) as pool:
            holder = pool.submit(self.run, hold())
            assert held.wait(_LONG)
            waiter = pool.submit(self._try, self.make(), timeout=_LONG)
            release.set()
            assert waiter.result() == "held"
            holder.result()

    def test_many_threads_are_never_inside_at_once(self) -> None:
        """They may share an instance or not."""
        shared = self.make()
        inside: list[Lock] = []
        together: list[int] = []

        def stay(lock: Lock) -> None:
            inside.append(lock)
            together.append(len(inside))
            sleep(0.001)
            inside.pop()

        async def visit(lock: Lock) -> None:
            for _ in range(5):
                async with lock.hold("work", timeout=_LONG):
                    stay(lock)

        with ThreadPoolExecutor(max_workers=4) as pool:
            locks = [shared, shared, self.make(), self.make()]
            for done in [pool.submit(self.run, visit(lock)) for lock in locks]:
                done.result()
        assert together == [1] * 20

    def _try(self, lock: Lock, profile: str = "work", *, timeout: float = _SHORT) -> str:
        async def hold() -> str:
            async with lock.hold(profile, timeout=timeout):
                return "held"

        try:
            return self.run(hold())
        except LockTimeout:
            return "timed out"

    def _try_elsewhere(self, lock: Lock, profile: str = "work", *, timeout: float = _SHORT) -> str:
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(self._try, lock, profile, timeout=timeout).result()
