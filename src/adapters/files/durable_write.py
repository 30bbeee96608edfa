"""Writing small private files so that a crash at any moment leaves either the old or the new content.

Every file is created with mode 0600 under another name in the same directory, flushed to the disk, and then renamed.
That other name is fixed, so that the next writer removes what a killed one has left. While another writer is at work,
which the kernel's lock on its file shows, it is random. A file name of up to 220 bytes leaves room for either.
"""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress

from ...ports.timeouts import REPLACE_RETRY
from .trust import ELSEWHERE, Refusal, check_not_by_sudo

_NEW = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_ABANDONED = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
TEMPORARY = ".tmp"
FIXED = "0" * 16
_OWNER_FILE = 0o600
_OWNER_DIRECTORY = 0o700
# Windows refuses to replace a file while another process has it open, which takes readers microseconds.
_REPLACE_ATTEMPTS = 20 if os.name == "nt" else 1


def replace_durably(path: str, content: bytes) -> None:
    """Replaces the file at a path; the content is on the disk when this returns.

    A symbolic link is replaced, not followed.

    Raises:
        OSError: nothing was changed, unless only the last flush of the directory failed.
    """
    with _written_beside(path, content) as temporary:
        _replace(temporary.path, path)
        temporary.renamed = True
    sync_directory(os.path.dirname(path))


def try_durably(path: str, content: bytes) -> None:
    """Checks that there is space and permission to replace the file at a path, and locks, without replacing it.

    Raises:
        Refusal: the file system does not support locks.
        OSError: the file could not be replaced.
    """
    with _written_beside(path, content) as written:
        check_locks(written.descriptor, path)


def create_durably(path: str, content: bytes) -> bool:
    """Creates a file that must not exist; readers see all of its content or no file.

    Returns:
        Whether the file was created; an existing file is not changed.

    Raises:
        OSError: it could not be written.
    """
    with _written_beside(path, content) as temporary:
        try:
            _name_or_write_anew(temporary.path, path, content)
        except FileExistsError:
            return False
    sync_directory(os.path.dirname(path))
    return True


def make_private_directory(path: str) -> list[str]:
    """Creates a directory and its missing parents with mode 0700; existing directories are not changed.

    Returns:
        The directories that were created, outermost first.

    Raises:
        Refusal: it would be created by root in a directory of the user who called sudo.
        OSError: the directory could not be created.
    """
    if os.path.isdir(path):
        return []
    parent = os.path.dirname(os.path.abspath(path))
    made = make_private_directory(parent) if parent != path else []
    if os.name != "nt" and not made:
        check_not_by_sudo(parent)
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
        made.append(path)
        if os.stat(path).st_mode & _OWNER_DIRECTORY != _OWNER_DIRECTORY:
            os.chmod(path, 0o700)  # the umask took the owner's own rights
        sync_directory(parent)
    return made


def remove_directories(made: list[str]) -> None:
    """Removes the directories that `make_private_directory` returned, as far as they are empty."""
    for path in reversed(made):
        with suppress(OSError):
            os.rmdir(path)


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


def write_all(descriptor: int, content: bytes, path: str) -> None:
    """Writes and flushes the whole content of a file."""
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError as error:
        error.filename = path  # a failed write does not name its file
        raise


def temporary_name(path: str, middle: str) -> str:
    """Returns the path of a temporary file for a path."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.{middle}{TEMPORARY}")


def check_locks(descriptor: int, path: str) -> None:
    """Checks that the file system of an open file supports locks; Windows always does.

    Raises:
        Refusal: it does not.
    """
    try:
        _lock(descriptor)
    except (ImportError, BlockingIOError):
        return
    except OSError as error:
        reason = f"the file system of {path} does not support locks ({error.strerror}): {ELSEWHERE}"
        raise Refusal(reason) from error


class _Written:
    """A temporary file that was written.

    Attributes:
        path: its path.
        descriptor: its descriptor; closed on Windows.
        renamed: whether it was renamed: then its old name may be another writer's by now.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self.renamed = False


@contextmanager
def _written_beside(path: str, content: bytes) -> Generator[_Written]:
    """Writes a temporary file in the same directory, and removes it at the end unless it was renamed."""
    name, descriptor = _new_beside(path)
    written, still_open = _Written(name, descriptor), True
    try:
        write_all(descriptor, content, name)
        if os.name == "nt":  # an open file cannot be renamed there
            os.close(descriptor)
            still_open = False
        yield written
    finally:
        if not written.renamed:
            _remove(name)  # while it is locked, so that it is this writer's own
        if still_open:
            os.close(descriptor)


def _new_beside(path: str) -> tuple[str, int]:
    """Creates a temporary file, under the fixed name if no running writer has it, and marks it as in use."""
    fixed = temporary_name(path, FIXED)
    for _ in range(2):
        try:
            descriptor = create_private(fixed)
        except FileExistsError:
            _remove_abandoned(fixed)
            continue
        if _claim(descriptor):
            return fixed, descriptor
        os.close(descriptor)
    temporary = temporary_name(path, os.urandom(8).hex())
    return temporary, create_private(temporary)


def _claim(descriptor: int) -> bool:
    """Marks a new temporary file as in use until its descriptor is closed; False if it is being removed."""
    try:
        _lock(descriptor)
    except BlockingIOError:
        return False
    except (OSError, ImportError):
        return True  # without locks nobody removes it
    return os.fstat(descriptor).st_nlink > 0


def _remove_abandoned(path: str) -> None:
    """Removes a temporary file unless a running writer may have it."""
    with suppress(OSError, ImportError):
        descriptor = os.open(path, _ABANDONED)
        try:
            _lock(descriptor)
            if os.path.samestat(os.fstat(descriptor), os.lstat(path)):  # else its writer has just renamed it
                os.unlink(path)
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Locks a file; raises BlockingIOError if another process has it, another error if there are no locks."""
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def create_private(path: str) -> int:
    """Creates a file with mode 0600, whatever the umask, and returns its descriptor.

    Raises:
        OSError: it exists, or could not be created.
    """
    descriptor = os.open(path, _NEW, 0o600)
    if os.name != "nt" and os.fstat(descriptor).st_mode & _OWNER_FILE != _OWNER_FILE:
        os.fchmod(descriptor, 0o600)
    return descriptor


def _write_new(path: str, content: bytes) -> None:
    """Creates, writes and flushes a file; removes it if that fails."""
    descriptor = create_private(path)
    try:
        try:
            write_all(descriptor, content, path)
        finally:
            os.close(descriptor)
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
