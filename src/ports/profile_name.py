"""The rule for profile names: they are file names and account names, on every system. Domain and adapters share it."""

import os

MAX_LENGTH = 200
"""Characters; with an ending and a random part the file name stays below the 255 bytes that file systems take."""

RULE = f"1 to {MAX_LENGTH} letters, digits, dots, underscores and hyphens, and neither '.' nor '..'"
"""The rule, as a message tells it."""

_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))],
)


def is_profile_name(name: str, *, windows: bool = os.name == "nt") -> bool:
    """Returns whether a name follows `RULE` and, on Windows, does not name a device.

    The Go tool sets no limit of length, so names are read as long as file systems take them.
    """
    if not 0 < len(name) <= MAX_LENGTH:
        return False
    if name in {".", ".."} or not _ALLOWED.issuperset(name):
        return False
    return not (windows and name.partition(".")[0].lower() in _DEVICES)


def shown(name: str) -> str:
    """Returns a refused name as a message may show it: short, and with everything unprintable escaped."""
    return repr(name[:40])
