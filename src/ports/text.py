"""Text that users read, cleaned if it is from a server (RFC 6749 §10.14), and the escapes of a URL query."""

import re
import unicodedata

MAX_TEXT = 300
"""The longest text from a server that is shown, in characters."""

MAX_URL = 4096
"""The longest URL that is shown, in characters; servers send no longer ones."""

_MINUTE, _HOUR = 60, 3600

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


def capital(text: str) -> str:
    """Returns half a sentence with a capital letter, as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def countdown(seconds: float) -> str:
    """Returns a duration as a clock that runs down shows it: `9:58`, `1:02:03`.

    Args:
        seconds: the duration; it is shown as 99 hours at most, and as zero if it has passed.
    """
    whole = max(0, round(min(seconds, 99 * _HOUR)))
    hours, minutes, rest = whole // _HOUR, whole // _MINUTE % _MINUTE, whole % _MINUTE
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def has_valid_escapes(query: str) -> bool:
    """Returns whether every percent sign begins an escape of two hexadecimal digits (RFC 3986 §2.1)."""
    return _ESCAPED.fullmatch(query) is not None


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character).startswith(_UNSEEN)
