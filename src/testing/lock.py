"""A lock for tests: it blocks the thread, or suspends the task where an event loop runs."""

import asyncio
from contextlib import AbstractAsyncContextManager

from ..adapters.locks.memory import AsyncMemoryLock, BlockingMemoryLock, MemoryLocks


class FakeLock:
    """A `Lock` within this process, which blocking and asynchronous clients can share."""

    def __init__(self) -> None:
        locks = MemoryLocks()
        self._blocking = BlockingMemoryLock(locks)
        self._async = AsyncMemoryLock(locks)

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Returns a context manager that holds the lock of a profile.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds of real time.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._blocking.hold(profile, timeout=timeout)
        return self._async.hold(profile, timeout=timeout)
