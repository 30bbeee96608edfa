"""Locks of the operating system on one file per profile: `tokens/<profile>.lock` in the configuration directory.

The file stays when the lock is released. The kernel's lock on it counts, which ends with the process of its holder.
Each hold opens the file again, so that threads and tasks of one process exclude each other as processes do.
"""

import errno
import os
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from ...ports.errors import LockTimeout, LockUnavailable
from ...ports.profile_name import PROFILE_NAME, shown
from ...ports.timeouts import LOCK_POLL_INTERVAL
from ..files.trust import ELSEWHERE, explained
from .hold import AsyncHold, BlockingHold

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from ...ports.events import Listener


class _FileLock:
    _hold: ClassVar[type[BlockingHold | AsyncHold]]

    def __init__(self, directory: str | os.PathLike[str], emit: "Listener | None" = None) -> None:
        self._directory: str = os.path.abspath(directory)
        self._emit = emit

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Returns a context manager that holds the lock of a profile.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
            LockUnavailable: the file cannot be created or opened, or the file system does not support locks.
        """
        return self._hold(_LockFile(self._directory, profile), timeout, self._emit)


class BlockingFileLock(_FileLock):
    """A `Lock` that blocks its thread while it waits.

    Args:
        directory: the configuration directory of the guarded store; `tokens` in it is created when needed.
        emit: the listener that is told what is waited for, after a second; None tells nothing.
    """

    _hold = BlockingHold


class AsyncFileLock(_FileLock):
    """A `Lock` that suspends its task while it waits.

    Args:
        directory: the configuration directory of the guarded store; `tokens` in it is created when needed.
        emit: the listener that is told what is waited for, after a second; None tells nothing.
    """

    _hold = AsyncHold


@contextmanager
def held(directory: str, profile: str, seconds: float) -> Generator[None]:
    """Holds the lock of a profile in a directory; blocks its thread.

    Raises:
        LockTimeout: another holder kept it for so many seconds.
        LockUnavailable: the file cannot be created or opened, or the file system does not support locks.
    """
    lock = _LockFile(directory, profile)
    if not lock.acquire(seconds):
        raise LockTimeout(f"another program holds {lock.shown}")
    try:
        yield
    finally:
        lock.release()


class _LockFile:
    """The lock file of one profile, as a `Holdable`; the first attempt opens it."""

    def __init__(self, directory: str, profile: str) -> None:
        if not PROFILE_NAME.fullmatch(profile):
            raise LockUnavailable(f"{shown(profile)} is not a valid profile name")
        self.profile = profile
        self.shown = os.path.join(directory, "tokens", f"{profile}.lock")
        self._lock: BaseFileLock | None = None
        self._made: list[str] = []

    def acquire(self, timeout: float) -> bool:
        """Waits up to `timeout` seconds and returns whether the lock is held; a failure leaves nothing behind."""
        is_new = not os.path.lexists(self.shown)
        try:
            return self._acquire(timeout)
        except LockUnavailable:
            from ..files.durable_write import remove_directories

            if is_new:
                with suppress(OSError):
                    os.unlink(self.shown)
            remove_directories(self._made)
            raise

    def _acquire(self, timeout: float) -> bool:
        from filelock import Timeout

        with _unavailable(self.shown):
            if self._lock is None:
                from ..files.durable_write import make_private_directory

                self._made = make_private_directory(os.path.dirname(self.shown))
                self._lock = _new_lock(self.shown)
            try:
                self._lock.acquire(timeout=timeout, poll_interval=LOCK_POLL_INTERVAL, blocking=timeout > 0)
            except Timeout:
                return False
        _check_kind(self._lock, self.shown)
        return True

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def holder(self) -> int | None:
        from .holder import holder_of

        return holder_of(self.shown)


def _new_lock(path: str) -> "BaseFileLock":
    """Returns a new lock object for one hold."""
    from inspect import signature

    from filelock import BaseFileLock, FileLock

    options: dict[str, Any] = {"mode": 0o600, "thread_local": False}
    # Releases before 4 do not have the option; `_check_kind` detects their fallback.
    if "fallback_to_soft" in signature(BaseFileLock.__init__).parameters:
        options["fallback_to_soft"] = False
    lock: BaseFileLock = FileLock(path, **options)
    _check_kind(lock, path)
    return lock


def _check_kind(lock: "BaseFileLock", path: str) -> None:
    """Rejects filelock's fallback, a file whose existence is the lock: it stays when its holder is killed."""
    from filelock import SoftFileLock

    if isinstance(lock, SoftFileLock):
        lock.release()
        raise LockUnavailable(_no_locks(path))


@contextmanager
def _unavailable(path: str) -> Generator[None]:
    """Raises `LockUnavailable` for any error of locking a file."""
    try:
        yield
    except NotImplementedError as error:
        raise LockUnavailable(_no_locks(path)) from error
    except OSError as error:
        unsupported = error.errno in {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
        reason = _no_locks(path) if unsupported else f"{path} cannot be locked: {explained(error)}"
        raise LockUnavailable(reason) from error


def _no_locks(path: str) -> str:
    return f"the file system of {path} does not support locks: {ELSEWHERE}"
