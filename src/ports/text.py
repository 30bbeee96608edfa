"""Text that somebody else wrote, made fit to be shown (RFC 6749 §10.14)."""

import unicodedata

MAX_TEXT = 300
"""Characters of foreign text that are shown at the most."""

_UNSEEN = ("C", "Zl", "Zp")  # control, format (the bidirectional ones too), surrogate, private use; separators


def clean(text: object, limit: int = MAX_TEXT) -> str:
    """Give text on one line, without control or invisible characters, at most `limit` characters long.

    What is no text at all becomes the empty text.
    """
    if not isinstance(text, str):
        return ""
    shown = (" " if _is_unseen(character) else character for character in text[: 4 * limit])
    line = " ".join("".join(shown).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character).startswith(_UNSEEN)
