"""The lines of a screen as values: what they say, and what may be emphasised where the terminal can."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ...ports.text import MAX_TEXT, MAX_URL, clean


class Kind(StrEnum):
    """How a line is set."""

    PROSE = "prose"
    """A sentence, wrapped between words."""

    QUIET = "quiet"
    """A sentence that need not be read."""

    GOOD = "good"
    """A sentence that says that all is well."""

    WARNING = "warning"
    """A sentence that says what is not as it should be."""

    DETAIL = "detail"
    """A sentence below another one, indented."""

    ADDRESS = "address"
    """A URL on a line of its own, never wrapped."""

    CODE = "code"
    """The code to enter, on a line of its own, never wrapped."""

    DRAWING = "drawing"
    """A line of a QR code, black on white, never wrapped."""


class Line(NamedTuple):
    """One line or paragraph.

    Attributes:
        text: clean text; a space stands between words only.
        kind: how it is set.
        link: a checked URL within the text that may be made a hyperlink; empty if there is none.
    """

    text: str
    kind: Kind = Kind.PROSE
    link: str = ""


BLANK = Line("")


def readable(text: str, limit: int = MAX_TEXT) -> str:
    """Returns text of a server or of an error on one line, without control characters.

    Args:
        text: untrusted text.
        limit: the longest result, in characters.
    """
    return clean(text, limit, ellipsis="...")  # not every encoding has the character for it


def address(url: str, *, openable: bool = True) -> Line:
    """Returns a URL on a line of its own.

    Args:
        url: the URL.
        openable: whether it may be made a hyperlink.
    """
    text = readable(url, MAX_URL)
    return Line(text, Kind.ADDRESS, text if openable else "")
