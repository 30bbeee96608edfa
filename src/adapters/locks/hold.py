"""One hold of one lock, blocking or asynchronous, over any lock that can be acquired and released."""

import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from ...ports.errors import LockTimeout
from ...ports.timeouts import LOCK_POLL_INTERVAL, LOCK_SILENCE

if TYPE_CHECKING:
    from ...ports.events import Listener


class Holdable(Protocol):
    """A lock of any kind.

    Attributes:
        profile: the profile that it is for.
        shown: the name of the lock in `LockTimeout`.
    """

    profile: str
    shown: str

    def acquire(self, timeout: float) -> bool:
        """Waits up to `timeout` seconds in this thread and returns whether the lock is held; 0 tries once."""
        ...

    def release(self) -> None:
        """Releases the lock."""
        ...

    def holder(self) -> int | None:
        """Returns the id of the process that holds the lock; None if that is not known."""
        ...


class BlockingHold:
    """A context manager that holds a lock; it blocks its thread while it waits.

    Args:
        lock: the lock.
        timeout: the longest wait, in seconds; zero or less tries once.
        emit: is told what is waited for once the wait is longer than `LOCK_SILENCE`; None tells nothing.
    """

    def __init__(self, lock: Holdable, timeout: float, emit: "Listener | None" = None) -> None:
        self._lock = lock
        self._timeout = max(0.0, timeout)
        self._emit = emit

    async def __aenter__(self) -> None:
        if await self._acquired(min(self._timeout, LOCK_SILENCE)):
            return
        rest = self._timeout - LOCK_SILENCE
        if rest > 0:
            self._tell(rest)
            if await self._acquired(rest):
                return
        raise self._timed_out()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    async def _acquired(self, timeout: float) -> bool:
        return self._lock.acquire(timeout)

    def _tell(self, seconds: float) -> None:
        if self._emit is not None:
            from ...ports.events import LockAwaited

            self._emit(LockAwaited(self._lock.profile, self._lock.holder(), seconds))

    def _timed_out(self) -> LockTimeout:
        waited = f"kept {self._lock.shown} for more than {self._timeout:g} seconds"
        if self._timeout <= LOCK_SILENCE:
            return LockTimeout(f"another holder {waited}")
        process = self._lock.holder()
        if process == os.getpid():
            return LockTimeout(f"another part of this program {waited}")
        who = "another program" if process is None else f"another program (process {process})"
        return LockTimeout(f"{who} {waited}; if it is stopped or hangs, let it go on or end it, and try again")


class AsyncHold(BlockingHold):
    """A context manager that holds a lock; it sleeps between attempts, so it can be cancelled while it waits."""

    async def _acquired(self, timeout: float) -> bool:
        return await _acquired_in_time(lambda: self._lock.acquire(0), timeout)


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
