"""Reading a small file that anything may have happened to: bounded in size, and never a pipe, device or directory."""

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Inspect = Callable[[int, os.stat_result], None]

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
