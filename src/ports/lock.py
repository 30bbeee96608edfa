"""The lock port: one holder per credential, across tasks, threads and processes."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Lock(Protocol):
    """Guards the refresh of one credential; it is never held during a request of the caller."""

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Returns a context manager that holds the lock of a profile's credential.

        The lock is not reentrant. The operating system releases it when the process of its holder ends.

        Args:
            profile: the profile's name.
            timeout: the longest wait for another holder, in seconds; zero or less tries once.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
            LockUnavailable: the file system does not support locks.
        """
        ...
