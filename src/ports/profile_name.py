"""Which profile names can be file names, whatever was checked before them."""

import os

MAX_LENGTH = 200
"""Characters; with an ending and a random part the file name stays below the 255 bytes that file systems take."""

_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))],
)


def is_profile_name(name: str, *, windows: bool = os.name == "nt") -> bool:
    """Say whether a name is `[A-Za-z0-9._-]+`, not `.` or `..`, at most 200 characters, and on Windows no device."""
    if not 0 < len(name) <= MAX_LENGTH:
        return False
    if name in {".", ".."} or not _ALLOWED.issuperset(name):
        return False
    return not (windows and name.partition(".")[0].lower() in _DEVICES)


def shown(name: str) -> str:
    """Give a refused name as a message may show it: short, and with everything unprintable escaped."""
    return repr(name[:40])
