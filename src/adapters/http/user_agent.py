"""The User-Agent: the server shows it to the user in the list of sessions, so it names the program."""

import os
import sys
from importlib.metadata import PackageNotFoundError, version


def default_user_agent() -> str:
    """Returns `promptvm-oauth/<version> (<program>)`, in visible ASCII."""
    try:
        release = version("promptvm-oauth")
    except PackageNotFoundError:
        release = "unknown"
    program = os.path.basename(sys.argv[0]) if sys.argv else ""
    shown = "".join(c for c in program[:60] if c.isascii() and (c.isalnum() or c in "-._")) or "python"
    return f"promptvm-oauth/{release} ({shown})"
