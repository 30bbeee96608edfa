"""The lock port: one holder per credential, across tasks, threads and processes."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Lock(Protocol):
    """Guards the refresh of one credential; never held across a caller's request."""

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a profile's credential for the length of a `async with` block.

        Not reentrant. The operating system releases it when the holder dies.

        Args:
            profile: the profile's name.
            timeout: seconds to wait for another holder.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
            LockUnavailable: this file system cannot lock.
        """
        ...
