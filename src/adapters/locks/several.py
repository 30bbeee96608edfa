"""Several locks as one, always acquired in the same order."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from contextlib import AbstractAsyncContextManager

    from ...ports.lock import Lock


class SeveralLocks:
    """A `Lock` that holds all of several locks.

    Args:
        locks: the locks, in the order in which they are acquired.
    """

    def __init__(self, locks: Sequence[Lock]) -> None:
        self._locks = locks

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Returns a context manager that holds all locks, waiting up to `timeout` seconds for each.

        Raises:
            LockTimeout, LockUnavailable: as for each of the locks.
        """
        return self._held(profile, timeout)

    @asynccontextmanager
    async def _held(self, profile: str, timeout: float) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            for lock in self._locks:
                await stack.enter_async_context(lock.hold(profile, timeout=timeout))
            yield
