"""Writing small private files so that a crash at any moment leaves either the old or the new content.

Every file is created with mode 0600 under a random name in the same directory, flushed to the disk, and then renamed.
A file name of up to 220 bytes leaves room for the random part.
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
# Windows refuses to replace a file while another process has it open, which takes readers microseconds.
_REPLACE_ATTEMPTS = 20 if os.name == "nt" else 1


def replace_durably(path: str, content: bytes) -> None:
    """Replaces the file at a path; the content is on the disk when this returns.

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
    """Checks that there is space and permission to replace the file at a path, without replacing it.

    Raises:
        OSError: the file could not be replaced.
    """
    _remove(_write_beside(path, content))


def create_durably(path: str, content: bytes) -> bool:
    """Creates a file that must not exist; readers see all of its content or no file.

    Returns:
        Whether the file was created; an existing file is not changed.

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
    """Links a file that is about to be replaced to a second name, or moves it; does nothing if there is no such file.

    Args:
        path: the file.
        aside: the second name; a previous file of this name is removed.

    Raises:
        OSError: the file could not be linked or moved.
    """
    _remove(aside)
    try:
        os.link(path, aside)
    except FileNotFoundError:
        return
    except OSError:
        os.replace(path, aside)


def leftovers(path: str) -> list[str]:
    """Returns the temporary files that killed writers of a path have left.

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
    """Creates a directory and its missing parents with mode 0700; existing directories are not changed.

    Raises:
        OSError: the directory could not be created.
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
    """Flushes the entries of a directory to the disk, if the system supports that.

    Raises:
        OSError: the disk failed.
    """
    if os.name == "nt":
        return
    try:
        descriptor = os.open(path or os.curdir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return  # a directory that is writable but not readable cannot be opened for this
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def _write_beside(path: str, content: bytes) -> str:
    """Writes a temporary file in the same directory and returns its path."""
    directory, name = os.path.split(path)
    temporary = os.path.join(directory, _temporary_name(name))
    _write_new(temporary, content)
    return temporary


def _temporary_name(name: str) -> str:
    return f".{name}.{os.urandom(8).hex()}{_TEMPORARY}"


def _write_new(path: str, content: bytes) -> None:
    """Creates, writes and flushes a file; removes it if that fails."""
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
        error.filename = path  # a failed write does not name its file
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
        # No hard links (FAT, some Android homes): readers may see the file empty while it is being written.
        _write_new(path, content)


def _replace(source: str, target: str) -> None:
    """Renames a file over `target`, with several attempts on Windows."""
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
