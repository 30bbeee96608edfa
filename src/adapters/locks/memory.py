"""Locks that live as long as the process: for tests, for notebooks, and for `secrets="memory"`."""

from contextlib import AbstractAsyncContextManager
from threading import TIMEOUT_MAX
from threading import Lock as ThreadLock

from .hold import AsyncHold, BlockingHold


class MemoryLocks:
    """The locks of one place, one a profile; clients that share it exclude each other."""

    def __init__(self) -> None:
        self._guard = ThreadLock()
        self._locks: dict[str, ThreadLock] = {}

    def of(self, profile: str) -> ThreadLock:
        """Returns the lock of a profile, always the same one."""
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
        """Holds the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
        """
        return BlockingHold(_HeldInMemory(self._locks, profile), timeout)


class AsyncMemoryLock:
    """A `Lock` within this process that lets the event loop go on while it waits; loops and threads may share it.

    Args:
        locks: what is shared with others, usually `MemoryStore.locks`; locks of its own if left out.
    """

    def __init__(self, locks: MemoryLocks | None = None) -> None:
        self._locks = locks or MemoryLocks()

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Holds the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
        """
        return AsyncHold(_HeldInMemory(self._locks, profile), timeout)


class _HeldInMemory:
    """The lock of one profile, as `hold` needs it."""

    def __init__(self, locks: MemoryLocks, profile: str) -> None:
        self.shown = f"the lock of {profile}"
        self._lock = locks.of(profile)

    def acquire(self, timeout: float) -> bool:
        return self._lock.acquire(timeout=min(timeout, TIMEOUT_MAX))

    def release(self) -> None:
        self._lock.release()
