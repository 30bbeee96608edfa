"""Reading small files: untrusted ones, private ones that hold secrets, and ones that decide where tokens go.

Every file has a maximum size and must be a regular file. A private file or directory must belong to this user; if other
users can access it, its mode is corrected. A deciding one must belong to this user or root; if other users can write to
it, its mode is corrected. What cannot be corrected is refused. `trust` says which symbolic links are followed. Windows
keeps the user's configuration directory private, so only the kind of file is checked there.
"""

import errno
import os
import stat
from typing import TYPE_CHECKING

from ...ports.errors import StoreFailed, StoreRefused
from .trust import (
    Refusal,
    belongs_to_another,
    check_directory,
    explained,
    private_target_of,
    settle,
    target_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...ports.errors import StoreError

    Inspect = Callable[[int, os.stat_result], None]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

# Opening a pipe would otherwise block until another process writes to it.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class NotAFile(Refusal):
    """The path does not name a regular file."""


class TooLarge(OSError):
    """The file is larger than any file that this package writes."""


def read_bounded(path: str, limit: int, *, flags: int = 0, inspect: "Inspect | None" = None) -> bytes | None:
    """Returns the content of a file.

    Args:
        path: the file.
        limit: the largest allowed size, in bytes.
        flags: additional flags for `os.open`.
        inspect: called with the open descriptor and its status before the file is read; it may raise.

    Returns:
        The content, or None if there is no such file.

    Raises:
        NotAFile: the path names a directory, a pipe or a device.
        TooLarge: the file is larger than `limit` bytes.
        OSError: the file cannot be read.
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
    """Returns `size` bytes, or fewer if the file was truncated in between."""
    content = b""
    while len(content) < size:
        part = os.read(descriptor, size - len(content))
        if not part:
            break
        content += part
    return content


def file_store_error(error: OSError, *, store: str) -> "StoreError":
    """Returns the error of the secrets port for an error of the operating system; the text names the path."""
    if isinstance(error, Refusal):
        return StoreRefused(str(error), store=store)
    if error.errno == errno.ELOOP:
        return StoreRefused(f"{error.filename} is a symbolic link", store=store)
    kind = StoreRefused if error.errno in _REFUSALS else StoreFailed
    return kind(explained(error), store=store)


def read_private(path: str, limit: int, *, store: str) -> bytes | None:
    """Returns the content of a private file, after removing access for other users; None if there is no such file.

    Args:
        path: the file.
        limit: the largest allowed size, in bytes.
        store: the name of the store, for errors.

    Raises:
        StoreRefused: other users can access the file, and its mode cannot be changed.
        OSError: as `read_bounded` raises it; ELOOP for a symbolic link; `Refusal` for another user's file.
    """

    def check(descriptor: int, status: os.stat_result) -> None:
        if os.name == "nt":
            return
        if status.st_uid != os.geteuid():
            raise Refusal(belongs_to_another(path, status.st_uid))
        if status.st_mode & _OTHERS:
            try:
                os.fchmod(descriptor, 0o600)
            except OSError:
                raise StoreRefused(f"{path} is open to other users, and chmod failed", store=store) from None

    return read_bounded(path, limit, flags=_NO_LINKS, inspect=check)


def read_deciding(path: str, limit: int) -> bytes | None:
    """Returns the content of a file that decides where tokens go; None if there is no such file.

    Other users' right to write to it is removed. A link is followed as `trust.target_of` does.

    Raises:
        Refusal: the file belongs to another user, or its mode cannot be changed.
        OSError: as `read_bounded` raises it.
    """
    if os.name == "nt":
        return read_bounded(path, limit)

    def check(descriptor: int, status: os.stat_result) -> None:
        if not _is_safe(status):
            settle(path, status, descriptor)

    try:
        return read_bounded(path, limit, flags=_NO_LINKS, inspect=check)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    return read_bounded(target_of(path), limit, flags=_NO_LINKS, inspect=check)


def check_parent(path: str) -> bool:
    """Checks a directory whose content counts: it may be a link, and readable, but only its owner may write to it.

    Returns:
        Whether the directory exists.

    Raises:
        Refusal: it is not a directory, belongs to another user, or other users can write to it. Its mode is never
            changed, since the caller may use the directory for other purposes too.
        OSError: it cannot be examined.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(status.st_mode) or (os.name != "nt" and not _is_safe(status)):
        check_directory(path, status)
    return True


def check_deciding_directory(path: str) -> bool:
    """Checks a directory of files that decide where tokens go, after removing other users' right to write to it.

    Returns:
        Whether the directory exists.

    Raises:
        Refusal: it belongs to another user, or its mode cannot be changed.
        OSError: it cannot be examined.
    """
    if os.name == "nt":
        return os.path.isdir(path)
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            path = target_of(path)
            status = os.lstat(path)
    except FileNotFoundError:
        return False
    if not _is_safe(status):
        settle(path, status)
    return True


def check_private_directory(path: str, *, store: str, mend: bool = True) -> bool:
    """Checks a private directory, after removing access for other users. It may be a link to one that is private.

    Args:
        path: the directory.
        store: the name of the store, for errors.
        mend: whether to remove that access; if not, it is left to the next call that does.

    Returns:
        Whether the directory exists.

    Raises:
        StoreRefused: it is not a directory, or its mode cannot be changed.
        Refusal: it belongs to another user, or is a link that is not followed.
        OSError: it cannot be examined.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    if os.name != "nt" and stat.S_ISLNK(status.st_mode):
        private_target_of(path)
        return True
    if not stat.S_ISDIR(status.st_mode):
        raise StoreRefused(f"{path} is a symbolic link or not a directory", store=store)
    if os.name == "nt":
        return True
    if status.st_uid != os.geteuid():
        raise Refusal(belongs_to_another(path, status.st_uid))
    if mend and status.st_mode & _OTHERS:
        try:
            os.chmod(path, 0o700)
        except OSError:
            raise StoreRefused(f"{path} is open to other users, and chmod failed", store=store) from None
    return True


def _is_safe(status: os.stat_result) -> bool:
    """Returns whether a path plainly belongs to this user or root, and others may not write to it."""
    return status.st_uid in {os.geteuid(), 0} and not status.st_mode & _OTHERS_WRITE
