"""The rule for profile names: names are also file and account names on every system. Domain and adapters share it."""

import os
import re

MAX_LENGTH = 200
"""The longest name, in characters; with an ending and a random part the file name stays below the usual 255 bytes.

The Go tool sets no limit, so the limit here is that of file systems.
"""

RULE = f"1 to {MAX_LENGTH} letters, digits, dots, underscores and hyphens, and neither '.' nor '..'"
"""The rule, for messages."""

ANYWHERE = re.compile(rf"(?!\.{{1,2}}\Z)[A-Za-z0-9._-]{{1,{MAX_LENGTH}}}", re.ASCII)
"""The rule as a pattern; the whole name must match."""

ON_WINDOWS = re.compile(rf"(?!(?i:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|\Z)){ANYWHERE.pattern}", re.ASCII)
"""The rule on Windows, where some names are reserved for devices, with any ending."""

PROFILE_NAME = ON_WINDOWS if os.name == "nt" else ANYWHERE
"""The rule on this system."""


def shown(name: str) -> str:
    """Returns an invalid name for a message: shortened, with unprintable characters escaped."""
    return repr(name[:40])
