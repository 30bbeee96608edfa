"""Writing small files so that a crash at any moment leaves the old content or the new, and nobody else ever reads it.

Every file is created with mode 0600 under a random name beside its destination, flushed to the disk, and only then
given its name. A file name of up to 220 bytes leaves room for the random part.
"""

import errno
import os
from contextlib import suppress

from ...ports.timeouts import REPLACE_RETRY

_NEW = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_TEMPORARY = ".tmp"
# Windows refuses to replace a file for as long as anybody has it open; readers hold it for microseconds.
_REPLACE_ATTEMPTS = 20 if os.name == "nt" else 1


def replace_durably(path: str, content: bytes) -> None:
    """Put `content` in place of whatever a path names; when this returns, it is on the disk.

    A symbolic link is replaced, not followed.

    Raises:
        OSError: nothing was changed, unless only the last flush of the directory failed.
    """
    temporary = _write_beside(path, content)
    try:
        _replace(temporary, path)
    except BaseException:
        _remove(temporary)
        raise
    sync_directory(os.path.dirname(path))


def try_durably(path: str, content: bytes) -> None:
    """Find out whether there is room and permission to replace what a path names; it stays as it is.

    Raises:
        OSError: there is not.
    """
    _remove(_write_beside(path, content))


def create_durably(path: str, content: bytes) -> bool:
    """Create a file that must not be there yet; readers see all of it or nothing.

    Returns:
        False if there is one already, which stays as it is.

    Raises:
        OSError: it could not be written.
    """
    temporary = _write_beside(path, content)
    try:
        _name_or_write_anew(temporary, path, content)
    except FileExistsError:
        return False
    finally:
        _remove(temporary)
    sync_directory(os.path.dirname(path))
    return True


def keep_aside(path: str, aside: str) -> None:
    """Give a file that is about to be replaced a second name, in place of whatever had that name.

    Raises:
        OSError: it could not be kept.
    """
    _remove(aside)
    try:
        os.link(path, aside)
    except FileNotFoundError:
        return
    except OSError:
        os.replace(path, aside)


def leftovers(path: str) -> list[str]:
    """Give the temporary files that writers of a path left behind when they were killed.

    Raises:
        OSError: the directory could not be read.
    """
    directory, name = os.path.split(path)
    length = len(_temporary_name(name))
    return [
        os.path.join(directory, entry)
        for entry in os.listdir(directory)
        if len(entry) == length and entry.startswith(f".{name}.") and entry.endswith(_TEMPORARY)
    ]


def make_private_directory(path: str) -> None:
    """Make a directory, and those above it that are missing, with mode 0700; what is there is not changed.

    Raises:
        OSError: it could not be made.
    """
    if os.path.isdir(path):
        return
    parent = os.path.dirname(os.path.abspath(path))
    if parent != path:
        make_private_directory(parent)
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
        sync_directory(parent)


def sync_directory(path: str) -> None:
    """Flush a directory's entries to the disk, where the system can.

    Raises:
        OSError: the disk failed.
    """
    if os.name == "nt":
        return
    try:
        descriptor = os.open(path or os.curdir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return  # a directory that may be written to and not read cannot be flushed by name
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def _write_beside(path: str, content: bytes) -> str:
    """Write a temporary file in the same directory and give its path."""
    directory, name = os.path.split(path)
    temporary = os.path.join(directory, _temporary_name(name))
    _write_new(temporary, content)
    return temporary


def _temporary_name(name: str) -> str:
    return f".{name}.{os.urandom(8).hex()}{_TEMPORARY}"


def _write_new(path: str, content: bytes) -> None:
    """Create, fill and flush a file; it is removed again if that fails."""
    descriptor = os.open(path, _NEW, 0o600)
    try:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        _remove(path)
        error.filename = path  # a failed write does not know which file it was
        raise
    except BaseException:
        _remove(path)
        raise


def _name_or_write_anew(temporary: str, path: str, content: bytes) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here (FAT, some Android homes): the file appears empty for the moment it takes to fill it.
        _write_new(path, content)


def _replace(source: str, target: str) -> None:
    """Rename over `target`, waiting for a moment in which Windows allows it."""
    for attempt in range(1, _REPLACE_ATTEMPTS + 1):
        try:
            os.replace(source, target)
        except PermissionError:
            if attempt == _REPLACE_ATTEMPTS:
                raise
            from time import sleep

            sleep(REPLACE_RETRY)
        else:
            return


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)
