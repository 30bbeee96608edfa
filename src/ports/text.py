"""Text that somebody else wrote, made fit to be shown (RFC 6749 §10.14), and the escapes of a URL's query."""

import re
import unicodedata

MAX_TEXT = 300
"""Characters of foreign text that are shown at the most."""

_UNSEEN = ("C", "Zl", "Zp")  # control, format (the bidirectional ones too), surrogate, private use; separators
_ESCAPED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


def clean(text: object, limit: int = MAX_TEXT, *, ellipsis: str = "…") -> str:
    """Returns text on one line, without control or invisible characters.

    Args:
        text: what somebody else wrote; anything but text becomes the empty text.
        limit: characters at the most.
        ellipsis: the end of a text that was cut.
    """
    if not isinstance(text, str):
        return ""
    shown = (" " if _is_unseen(character) else character for character in text[: 4 * limit])
    line = " ".join("".join(shown).split())
    return line if len(line) <= limit else line[: limit - len(ellipsis)] + ellipsis


def has_valid_escapes(query: str) -> bool:
    """Returns whether every percent sign begins an escape of two hexadecimal digits (RFC 3986 §2.1)."""
    return _ESCAPED.fullmatch(query) is not None


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character).startswith(_UNSEEN)
