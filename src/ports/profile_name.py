"""The rule for profile names: they are file names and account names, on every system. Domain and adapters share it."""

import os
import re

MAX_LENGTH = 200
"""Characters; with an ending and a random part the file name stays below the 255 bytes that file systems take.

The Go tool sets no limit, so names are read as long as file systems take them.
"""

RULE = f"1 to {MAX_LENGTH} letters, digits, dots, underscores and hyphens, and neither '.' nor '..'"
"""The rule, as a message tells it."""

ANYWHERE = re.compile(rf"(?!\.{{1,2}}\Z)[A-Za-z0-9._-]{{1,{MAX_LENGTH}}}", re.ASCII)
"""The rule; a whole name must match."""

ON_WINDOWS = re.compile(rf"(?!(?i:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|\Z)){ANYWHERE.pattern}", re.ASCII)
"""The rule on Windows, where some names are those of devices, whatever their ending."""

PROFILE_NAME = ON_WINDOWS if os.name == "nt" else ANYWHERE
"""The rule on this system."""


def shown(name: str) -> str:
    """Returns a refused name as a message may show it: short, and with everything unprintable escaped."""
    return repr(name[:40])
