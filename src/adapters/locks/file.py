"""Locks of the operating system, on one file a profile: `tokens/<profile>.lock` in the configuration directory.

The file stays when the lock is released; only the kernel's lock on it counts, and that ends with its holder. Each hold
opens the file anew, so threads and tasks of one process exclude each other as processes do.
"""

import os
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ...ports.errors import LockTimeout, LockUnavailable
from ...ports.profile_name import is_profile_name, shown
from ...ports.timeouts import LOCK_POLL_INTERVAL
from .polling import acquired_in_time

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
        """Hold the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
            LockUnavailable: the file cannot be made or opened, or this file system cannot lock.
        """
        return _BlockingHold(_path(self._directory, profile), timeout)


class AsyncFileLock:
    """A `Lock` that lets the event loop go on while it waits.

    Args:
        directory: the configuration directory of the store that is guarded; `tokens` in it is made when needed.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory: str = os.path.abspath(directory)

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
            LockUnavailable: the file cannot be made or opened, or this file system cannot lock.
        """
        return _AsyncHold(_path(self._directory, profile), timeout)


class _Hold:
    """One hold of one lock file."""

    def __init__(self, path: str, timeout: float) -> None:
        self._path = path
        self._timeout = max(0.0, timeout)
        self._lock: BaseFileLock | None = None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _acquire(self, lock: "BaseFileLock", timeout: float) -> bool:
        from filelock import Timeout

        with _unavailable(self._path):
            try:
                lock.acquire(timeout=timeout, poll_interval=LOCK_POLL_INTERVAL, blocking=timeout > 0)
            except Timeout:
                return False
        _demand_the_kernel(lock, self._path)
        self._lock = lock
        return True

    def _settle(self, *, acquired: bool) -> None:
        if not acquired:
            raise LockTimeout(f"another holder kept {self._path} for more than {self._timeout:g} seconds")


class _BlockingHold(_Hold):
    async def __aenter__(self) -> None:
        lock = _open(self._path)
        self._settle(acquired=self._acquire(lock, self._timeout))


class _AsyncHold(_Hold):
    async def __aenter__(self) -> None:
        lock = _open(self._path)
        self._settle(acquired=await acquired_in_time(lambda: self._acquire(lock, 0), timeout=self._timeout))


def _path(directory: str, profile: str) -> str:
    if not is_profile_name(profile):
        raise LockUnavailable(f"{shown(profile)} cannot be the name of a profile")
    return os.path.join(directory, "tokens", f"{profile}.lock")


def _open(path: str) -> "BaseFileLock":
    """Make a lock object of its own for one hold, and the directory of its file."""
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
    _demand_the_kernel(lock, path)
    return lock


def _demand_the_kernel(lock: "BaseFileLock", path: str) -> None:
    """Refuse filelock's stand-in, a file whose existence is the lock: it outlives a holder that was killed."""
    from filelock import SoftFileLock

    if isinstance(lock, SoftFileLock):
        lock.release()
        raise LockUnavailable(f"the file system of {path} cannot lock")


@contextmanager
def _unavailable(path: str) -> Generator[None]:
    """Turn 'this file cannot be locked' into the port's own error."""
    try:
        yield
    except NotImplementedError as error:
        raise LockUnavailable(f"the file system of {path} cannot lock") from error
    except OSError as error:
        raise LockUnavailable(f"{path} cannot be locked: {error.strerror or error}") from error
