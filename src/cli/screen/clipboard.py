"""Sends a code to the clipboard of the user's terminal by the control sequence OSC 52, also through SSH.

The terminal does not answer, and many ask or refuse, so it is only known that the code was sent.
"""

from __future__ import annotations

import re
from base64 import b64encode

_CODE = re.compile(r"[A-Za-z0-9-]{1,32}")


def clipboard_sequence(code: str) -> str:
    """Returns the control sequence for a code; empty if it has other characters than letters, digits and hyphens.

    A clipboard is pasted into shells, so nothing else that a server sends goes there.

    Args:
        code: the server's user code.
    """
    if _CODE.fullmatch(code) is None:
        return ""
    return f"\x1b]52;c;{b64encode(code.encode('ascii')).decode('ascii')}\x07"
