"""Finds the process that holds a lock file, where the system tells it: on Linux, in `/proc/locks`."""

import os
import re
from contextlib import suppress

LOCKS = "/proc/locks"
"""The kernel's list of locks, one a line: with the kind, the process, and the device and inode of the file."""

_MAX_LIST = 4 << 20  # bytes

_HELD = re.compile(r"\d+: FLOCK +\S+ +WRITE +([1-9]\d{0,9}) +[0-9a-f]+:[0-9a-f]+:(\d+) .*", re.ASCII)
"""A lock that is held; one that is waited for has an arrow, and a process of another container is 0 or -1."""


def holder_of(path: str) -> int | None:
    """Returns the id of the process that holds the kernel's lock on a file, or None if that is not known."""
    try:
        inode = os.stat(path).st_ino
        with open(LOCKS, encoding="ascii", errors="replace") as file:
            lines = file.read(_MAX_LIST).splitlines()
    except OSError:
        return None
    held = [match for match in map(_HELD.fullmatch, lines) if match is not None]
    processes = {int(match[1]) for match in held if int(match[2]) == inode}
    # An inode is a number of one file system, and the device is shown differently for some of them.
    named = processes if len(processes) == 1 else {process for process in processes if _has_open(process, path)}
    return named.pop() if len(named) == 1 else None


def _has_open(process: int, path: str) -> bool:
    """Returns whether a process has a file open, as far as this one may know."""
    with suppress(OSError):
        directory = f"/proc/{process}/fd"
        return any(os.path.samefile(os.path.join(directory, name), path) for name in os.listdir(directory))
    return False
