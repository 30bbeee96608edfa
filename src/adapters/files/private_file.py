"""Files and directories that hold secrets: this user's own, no symbolic links, closed to everybody else.

What is merely open to others is closed; what belongs to another user, or leads elsewhere, is refused. Windows keeps
the user's configuration directory private by itself, so there only the kind of file is checked.
"""

import errno
import os
import stat
from typing import TYPE_CHECKING

from ...ports.errors import StoreFailed, StoreRefused
from .bounded_read import NotAFile, read_bounded

if TYPE_CHECKING:
    from ...ports.errors import StoreError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def file_store_error(error: OSError, *, store: str) -> "StoreError":
    """Turn what the operating system said into an error of the secrets port; the text names the path."""
    if isinstance(error, NotAFile):
        return StoreRefused(str(error), store=store)
    if error.errno == errno.ELOOP:
        return StoreRefused(f"{error.filename} is a symbolic link", store=store)
    kind = StoreRefused if error.errno in _REFUSALS else StoreFailed
    return kind(f"{error.filename or 'a file'}: {error.strerror or error}", store=store)


def read_private(path: str, limit: int, *, store: str) -> bytes | None:
    """Read a file of secrets, closing it to others first if it was open to them; None if there is none.

    Raises:
        StoreRefused: it belongs to another user, or it is open to others and cannot be closed.
        OSError: see `read_bounded`; a symbolic link is ELOOP.
    """

    def check(descriptor: int, status: os.stat_result) -> None:
        if os.name == "nt":
            return
        if status.st_uid != os.geteuid():
            raise StoreRefused(f"{path} belongs to another user", store=store)
        if status.st_mode & _OTHERS:
            try:
                os.fchmod(descriptor, 0o600)
            except OSError:
                raise StoreRefused(f"{path} is open to other users and cannot be closed", store=store) from None

    return read_bounded(path, limit, flags=_NO_LINKS, inspect=check)


def check_parent(path: str, *, store: str) -> bool:
    """Check the directory above a private one: it may be a link, and readable, but only its owner may change it.

    Returns:
        Whether it is there.

    Raises:
        StoreRefused: it is no directory, belongs to another user, or others can write to it. It is never changed, for
            the caller may have named a directory that serves other purposes too.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        raise StoreRefused(f"{path} is not a directory", store=store)
    if os.name == "nt":
        return True
    if status.st_uid not in {os.geteuid(), 0}:
        raise StoreRefused(f"{path} belongs to another user", store=store)
    if status.st_mode & _OTHERS_WRITE and not status.st_mode & stat.S_ISVTX:
        raise StoreRefused(f"other users can write to {path}: run chmod go-w on it", store=store)
    return True


def check_private_directory(path: str, *, store: str) -> bool:
    """Check a directory of secrets, closing it to others if it was open to them.

    Returns:
        Whether it is there.

    Raises:
        StoreRefused: it is a symbolic link, no directory, belongs to another user or cannot be closed to others.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        raise StoreRefused(f"{path} is a symbolic link or not a directory", store=store)
    if os.name == "nt":
        return True
    if status.st_uid != os.geteuid():
        raise StoreRefused(f"{path} belongs to another user", store=store)
    if status.st_mode & _OTHERS:
        try:
            os.chmod(path, 0o700)
        except OSError:
            raise StoreRefused(f"{path} is open to other users and cannot be closed", store=store) from None
    return True
