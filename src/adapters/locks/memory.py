"""Locks that live as long as the process: for tests, for notebooks, and for `secrets="memory"`."""

from contextlib import AbstractAsyncContextManager
from threading import TIMEOUT_MAX
from threading import Lock as ThreadLock
from types import TracebackType

from ...ports.errors import LockTimeout
from .polling import acquired_in_time


class MemoryLocks:
    """The locks of one place, one a profile; those who share it exclude each other."""

    def __init__(self) -> None:
        self._guard = ThreadLock()
        self._locks: dict[str, ThreadLock] = {}

    def of(self, profile: str) -> ThreadLock:
        """Give the lock of a profile, always the same one."""
        with self._guard:
            return self._locks.setdefault(profile, ThreadLock())


class BlockingMemoryLock:
    """A `Lock` within this process that blocks its thread while it waits.

    Args:
        locks: what is shared with others, usually `MemoryStore.locks`; locks of its own if left out.
    """

    def __init__(self, locks: MemoryLocks | None = None) -> None:
        self._locks = locks or MemoryLocks()

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
        """
        return _BlockingHold(self._locks.of(profile), profile, timeout)


class AsyncMemoryLock:
    """A `Lock` within this process that lets the event loop go on while it waits; loops and threads may share it.

    Args:
        locks: what is shared with others, usually `MemoryStore.locks`; locks of its own if left out.
    """

    def __init__(self, locks: MemoryLocks | None = None) -> None:
        self._locks = locks or MemoryLocks()

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
        """
        return _AsyncHold(self._locks.of(profile), profile, timeout)


class _Hold:
    """One hold of one lock."""

    def __init__(self, lock: ThreadLock, profile: str, timeout: float) -> None:
        self._lock = lock
        self._profile = profile
        self._timeout = min(max(0.0, timeout), TIMEOUT_MAX)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def _settle(self, *, acquired: bool) -> None:
        if not acquired:
            raise LockTimeout(
                f"another holder kept the lock of {self._profile} for more than {self._timeout:g} seconds"
            )


class _BlockingHold(_Hold):
    async def __aenter__(self) -> None:
        self._settle(acquired=self._lock.acquire(timeout=self._timeout))


class _AsyncHold(_Hold):
    async def __aenter__(self) -> None:
        self._settle(
            acquired=await acquired_in_time(lambda: self._lock.acquire(blocking=False), timeout=self._timeout),
        )
