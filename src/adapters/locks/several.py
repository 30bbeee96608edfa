"""Several locks as one, always taken in the same order."""

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
        locks: in the order in which they are taken.
    """

    def __init__(self, locks: Sequence[Lock]) -> None:
        self._locks = locks

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Holds all of them; each is waited for up to `timeout` seconds.

        Raises:
            LockTimeout, LockUnavailable: see `Lock.hold`.
        """
        return self._held(profile, timeout)

    @asynccontextmanager
    async def _held(self, profile: str, timeout: float) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            for lock in self._locks:
                await stack.enter_async_context(lock.hold(profile, timeout=timeout))
            yield
