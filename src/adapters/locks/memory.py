"""Locks in memory: for tests, for notebooks, and for `secrets="memory"`."""

import os
from contextlib import AbstractAsyncContextManager
from threading import TIMEOUT_MAX
from threading import Lock as ThreadLock
from typing import TYPE_CHECKING, ClassVar

from .hold import AsyncHold, BlockingHold

if TYPE_CHECKING:
    from ...ports.events import Listener


class MemoryLocks:
    """The locks of one store, one per profile; clients that share the object exclude each other."""

    def __init__(self) -> None:
        self._guard = ThreadLock()
        self._locks: dict[str, ThreadLock] = {}

    def of(self, profile: str) -> ThreadLock:
        """Returns the lock of a profile, always the same one."""
        with self._guard:
            return self._locks.setdefault(profile, ThreadLock())


class _MemoryLock:
    _hold: ClassVar[type[BlockingHold | AsyncHold]]

    def __init__(self, locks: MemoryLocks | None = None, emit: "Listener | None" = None) -> None:
        self._locks = locks or MemoryLocks()
        self._emit = emit

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Returns a context manager that holds the lock of a profile.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
        """
        return self._hold(_ProfileLock(self._locks, profile), timeout, self._emit)


class BlockingMemoryLock(_MemoryLock):
    """A `Lock` within this process that blocks its thread while it waits.

    Args:
        locks: the locks to share, usually `MemoryStore.locks`; new ones by default.
        emit: the listener that is told what is waited for, after a second; None tells nothing.
    """

    _hold = BlockingHold


class AsyncMemoryLock(_MemoryLock):
    """A `Lock` within this process that suspends its task while it waits; event loops and threads may share it.

    Args:
        locks: the locks to share, usually `MemoryStore.locks`; new ones by default.
        emit: the listener that is told what is waited for, after a second; None tells nothing.
    """

    _hold = AsyncHold


class _ProfileLock:
    """The lock of one profile, as a `Holdable`."""

    def __init__(self, locks: MemoryLocks, profile: str) -> None:
        self.profile = profile
        self.shown = f"the lock of {profile}"
        self._lock = locks.of(profile)

    def acquire(self, timeout: float) -> bool:
        return self._lock.acquire(timeout=min(timeout, TIMEOUT_MAX))

    def release(self) -> None:
        self._lock.release()

    def holder(self) -> int | None:
        return os.getpid()
