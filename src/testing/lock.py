"""A lock for either colour: it blocks the thread, or lets the event loop go on where one runs."""

import asyncio
from contextlib import AbstractAsyncContextManager

from ..adapters.locks.memory import AsyncMemoryLock, BlockingMemoryLock, MemoryLocks


class FakeLock:
    """A `Lock` within this process, shared by clients of both colours."""

    def __init__(self) -> None:
        locks = MemoryLocks()
        self._blocking = BlockingMemoryLock(locks)
        self._async = AsyncMemoryLock(locks)

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds of real time.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._blocking.hold(profile, timeout=timeout)
        return self._async.hold(profile, timeout=timeout)
