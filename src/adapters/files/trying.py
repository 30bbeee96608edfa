"""Tries whether a directory can take files, before anything depends on it. Nothing is left there."""

import errno
import os

from .durable_write import check_locks, create_private, write_all
from .trust import check_not_by_sudo

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
