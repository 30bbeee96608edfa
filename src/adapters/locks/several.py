"""Several locks as one, always taken in the same order."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from contextlib import AbstractAsyncContextManager

    from ...ports.lock import Lock


def several_locks(locks: Sequence[Lock]) -> Lock:
    """Returns a lock that holds all of these; a single one is returned as it is."""
    return locks[0] if len(locks) == 1 else _Locks(locks)


class _Locks:
    """The lock port over several locks."""

    def __init__(self, locks: Sequence[Lock]) -> None:
        self._locks = locks

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """See `Lock.hold`; each lock is waited for up to `timeout` seconds."""
        return self._held(profile, timeout)

    @asynccontextmanager
    async def _held(self, profile: str, timeout: float) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            for lock in self._locks:
                await stack.enter_async_context(lock.hold(profile, timeout=timeout))
            yield
