"""Locks of the operating system, on one file a profile: `tokens/<profile>.lock` in the configuration directory.

The file stays when the lock is released; only the kernel's lock on it counts, and that ends with its holder. Each hold
opens the file anew, so threads and tasks of one process exclude each other as processes do.
"""

import os
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from ...ports.errors import LockUnavailable
from ...ports.profile_name import PROFILE_NAME, shown
from ...ports.timeouts import LOCK_POLL_INTERVAL
from .hold import AsyncHold, BlockingHold

if TYPE_CHECKING:
    from filelock import BaseFileLock


class BlockingFileLock:
    """A `Lock` that blocks its thread while it waits.

    Args:
        directory: the configuration directory of the store that is guarded; `tokens` in it is made when needed.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory: str = os.path.abspath(directory)

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Holds the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
            LockUnavailable: the file cannot be made or opened, or this file system cannot lock.
        """
        return BlockingHold(_LockFile(self._directory, profile), timeout)


class AsyncFileLock:
    """A `Lock` that lets the event loop go on while it waits.

    Args:
        directory: the configuration directory of the store that is guarded; `tokens` in it is made when needed.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory: str = os.path.abspath(directory)

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Holds the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
            LockUnavailable: the file cannot be made or opened, or this file system cannot lock.
        """
        return AsyncHold(_LockFile(self._directory, profile), timeout)


class _LockFile:
    """One lock file, as `hold` needs it; it is opened by the first attempt."""

    def __init__(self, directory: str, profile: str) -> None:
        if not PROFILE_NAME.fullmatch(profile):
            raise LockUnavailable(f"{shown(profile)} cannot be the name of a profile")
        self.shown = os.path.join(directory, "tokens", f"{profile}.lock")
        self._lock: BaseFileLock | None = None

    def acquire(self, timeout: float) -> bool:
        from filelock import Timeout

        if self._lock is None:
            self._lock = _opened(self.shown)
        with _unavailable(self.shown):
            try:
                self._lock.acquire(timeout=timeout, poll_interval=LOCK_POLL_INTERVAL, blocking=timeout > 0)
            except Timeout:
                return False
        _check_kind(self._lock, self.shown)
        return True

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()


def _opened(path: str) -> "BaseFileLock":
    """Returns a lock object of its own for one hold, making the directory of its file."""
    from inspect import signature

    from filelock import BaseFileLock, FileLock

    from ..files.durable_write import make_private_directory

    with _unavailable(path):
        make_private_directory(os.path.dirname(path))
    options: dict[str, Any] = {"mode": 0o600, "thread_local": False}
    # Releases before 4 cannot be told; what they fall back to is noticed once it holds.
    if "fallback_to_soft" in signature(BaseFileLock.__init__).parameters:
        options["fallback_to_soft"] = False
    lock: BaseFileLock = FileLock(path, **options)
    _check_kind(lock, path)
    return lock


def _check_kind(lock: "BaseFileLock", path: str) -> None:
    """Refuses filelock's fallback, a file whose existence is the lock: it outlives a holder that was killed."""
    from filelock import SoftFileLock

    if isinstance(lock, SoftFileLock):
        lock.release()
        raise LockUnavailable(f"the file system of {path} cannot lock")


@contextmanager
def _unavailable(path: str) -> Generator[None]:
    """Turns 'this file cannot be locked' into the port's own error."""
    try:
        yield
    except NotImplementedError as error:
        raise LockUnavailable(f"the file system of {path} cannot lock") from error
    except OSError as error:
        raise LockUnavailable(f"{path} cannot be locked: {error.strerror or error}") from error
