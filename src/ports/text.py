"""Cleaning text from servers so that it is safe to show (RFC 6749 §10.14), and checking the escapes of a URL query."""

import re
import unicodedata

MAX_TEXT = 300
"""The longest text from a server that is shown, in characters."""

_UNSEEN = ("C", "Zl", "Zp")  # control, format (the bidirectional ones too), surrogate, private use; separators
_ESCAPED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


def clean(text: object, limit: int = MAX_TEXT, *, ellipsis: str = "…") -> str:
    """Returns text on one line, without control or invisible characters.

    Args:
        text: untrusted text; any other type becomes the empty text.
        limit: the longest result, in characters.
        ellipsis: the end of a shortened text.
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
