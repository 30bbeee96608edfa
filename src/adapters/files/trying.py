"""Tries or asks whether a directory can take files, before anything depends on it. Nothing is left there."""

import errno
import os
import stat

from .durable_write import check_locks, create_private, write_all
from .trust import check_not_by_sudo

LEAST_SPACE = 64 * 1024
"""The free space on a disk, in bytes, below which no tokens are written to it."""

_LOOKING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_UNNAMED = getattr(os, "O_TMPFILE", 0)


def try_directory(directory: str, content: bytes) -> None:
    """Checks that a file can be created, filled and locked in a directory, or in the one where it would be created.

    Args:
        directory: the directory, which need not exist.
        content: what the file is filled with.

    Raises:
        Refusal: the file system does not support locks, or the directory is that of the user who called sudo.
        OSError: no file can be created there, or the disk is full.
    """
    existing = _nearest(directory)
    if os.name != "nt":
        check_not_by_sudo(existing)
    descriptor, named = _create_in(existing)
    try:
        write_all(descriptor, content, existing)
        check_locks(descriptor, existing)
    finally:
        if named:
            os.unlink(named)
        os.close(descriptor)


def ask_directory(directory: str, names: tuple[str, ...]) -> None:
    """Asks whether files could be created and locked in a directory, or in the one where it would be created.

    Nothing is created, written or changed: the system is asked for access and free space, and a file that exists is
    locked for an instant, or the directory if there is none.

    Args:
        directory: the directory, which need not exist.
        names: the files in it that may be locked.

    Raises:
        Refusal: the file system does not support locks, or the directory is that of the user who called sudo.
        OSError: no file can be created there, or the disk is full.
    """
    existing = _nearest(directory)
    if os.name != "nt":
        check_not_by_sudo(existing)
        _ask_for_space(existing)
    if not os.access(existing, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), existing)
    if os.name == "nt":
        return
    files = (os.path.join(existing, name) for name in names)
    found = next((path for path in files if existing == directory and _is_file(path)), existing)
    descriptor = os.open(found, _LOOKING)
    try:
        check_locks(descriptor, existing)
    finally:
        os.close(descriptor)


def _ask_for_space(directory: str) -> None:
    found = os.statvfs(directory)
    if found.f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), directory)
    if found.f_bavail * found.f_frsize < LEAST_SPACE or (found.f_files and not found.f_favail):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), directory)


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _nearest(path: str) -> str:
    """Returns a path, or the nearest directory above it that exists."""
    while not os.path.isdir(path):
        if os.path.lexists(path):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        path = os.path.dirname(path)
    return path


def _create_in(directory: str) -> tuple[int, str]:
    """Creates a file without a name, or with the returned one where the system has no such files."""
    if _UNNAMED:
        try:
            return os.open(directory, os.O_RDWR | _UNNAMED | os.O_CLOEXEC, 0o600), ""
        except OSError as error:
            if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}:
                raise
    named = os.path.join(directory, f".promptvm-oauth.{os.urandom(8).hex()}.tmp")
    return create_private(named), named
