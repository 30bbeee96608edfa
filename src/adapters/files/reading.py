"""Reading small files that anything may have happened to, and those that hold secrets.

Every file is bounded in size, and never a pipe, a device or a directory. A file or directory of secrets is this user's
own, no symbolic link, and closed to everybody else: what is merely open to others is closed; what belongs to another
user, or leads elsewhere, is refused. Windows keeps the user's configuration directory private by itself, so there only
the kind of file is checked.
"""

import errno
import os
import stat
from typing import TYPE_CHECKING

from ...ports.errors import StoreFailed, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...ports.errors import StoreError

    Inspect = Callable[[int, os.stat_result], None]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

# A pipe would otherwise hold the open until somebody writes to it.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class NotAFile(OSError):
    """The path names something that is no regular file."""


class TooLarge(OSError):
    """The file is larger than anything that was written here on purpose."""


def read_bounded(path: str, limit: int, *, flags: int = 0, inspect: "Inspect | None" = None) -> bytes | None:
    """Read a whole file.

    Args:
        path: the file.
        limit: bytes that it may have at the most.
        flags: further flags for opening it.
        inspect: called with the open descriptor and its status before anything is read; it may raise.

    Returns:
        The content, or None if there is no such file.

    Raises:
        NotAFile: it is a directory, a pipe or a device.
        TooLarge: it has more than `limit` bytes.
        OSError: the operating system says no.
    """
    try:
        descriptor = os.open(path, _FLAGS | flags)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile(f"{path} is not a regular file")
        if inspect is not None:
            inspect(descriptor, status)
        if status.st_size > limit:
            raise TooLarge(f"{path} is larger than {limit} bytes")
        return _read_to_the_end(descriptor, status.st_size)
    finally:
        os.close(descriptor)


def _read_to_the_end(descriptor: int, size: int) -> bytes:
    """Read `size` bytes, or fewer where the file has become shorter meanwhile."""
    content = b""
    while len(content) < size:
        part = os.read(descriptor, size - len(content))
        if not part:
            break
        content += part
    return content


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
