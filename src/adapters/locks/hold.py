"""One hold of one lock, blocking or asynchronous, over any lock that can be acquired and released."""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from ...ports.errors import LockTimeout
from ...ports.timeouts import LOCK_POLL_INTERVAL


class Holdable(Protocol):
    """A lock of any kind.

    Attributes:
        shown: the name of the lock in `LockTimeout`.
    """

    shown: str

    def acquire(self, timeout: float) -> bool:
        """Waits up to `timeout` seconds in this thread and returns whether the lock is held; 0 tries once."""
        ...

    def release(self) -> None:
        """Releases the lock."""
        ...


class BlockingHold:
    """A context manager that holds a lock; it blocks its thread while it waits."""

    def __init__(self, lock: Holdable, timeout: float) -> None:
        self._lock = lock
        self._timeout = max(0.0, timeout)

    async def __aenter__(self) -> None:
        self._check(acquired=self._lock.acquire(self._timeout))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def _check(self, *, acquired: bool) -> None:
        if not acquired:
            raise LockTimeout(f"another holder kept {self._lock.shown} for more than {self._timeout:g} seconds")


class AsyncHold(BlockingHold):
    """A context manager that holds a lock; it sleeps between attempts, so it can be cancelled while it waits."""

    async def __aenter__(self) -> None:
        self._check(acquired=await _acquired_in_time(lambda: self._lock.acquire(0), self._timeout))


async def _acquired_in_time(attempt: Callable[[], bool], timeout: float) -> bool:
    """Calls `attempt` until it succeeds or `timeout` seconds have passed; at least once.

    Returns:
        Whether it succeeded. Between its success and the return nothing is awaited, so no cancellation loses the lock.
    """
    from asyncio import sleep
    from time import monotonic

    deadline = monotonic() + timeout
    while not attempt():
        remaining = deadline - monotonic()
        if remaining <= 0:
            return False
        await sleep(min(LOCK_POLL_INTERVAL, remaining))
    return True
