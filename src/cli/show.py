"""Formats output for the user: aligned rows that fit the terminal, and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from ..ports.streams import columns
from ..ports.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

NARROWEST = 16
"""The least width of a value in columns, even if the terminal is narrower."""

_UNITS = ((2 * 86400, 86400, "days"), (2 * 3600, 3600, "h"), (60, 60, "min"), (0, 1, "s"))
"""For each unit: the least number of seconds for which it is used, its length in seconds, and its name."""


def rows(table: Iterable[tuple[str, str]], stream: TextIO) -> str:
    """Formats names and values in two columns; values are wrapped between words if the stream is a narrow terminal.

    Args:
        table: names and values; rows with an empty value are left out. Values need not be trusted.
        stream: the stream that the text will be written to.
    """
    import textwrap

    shown = [(name, clean(value)) for name, value in table if value]
    indent = max((len(name) for name, _ in shown), default=0) + 2
    width = columns(stream)
    lines: list[str] = []
    for name, value in shown:
        wrapped = [value]
        if width:
            room = max(width - indent, NARROWEST)
            wrapped = textwrap.wrap(value, room, break_long_words=False, break_on_hyphens=False)
        names = [name] + [""] * (len(wrapped) - 1)
        lines += [f"{name:<{indent}}{line}" for name, line in zip(names, wrapped, strict=True)]
    return "\n".join(lines)


def prose(text: str, stream: TextIO) -> str:
    """Wraps a sentence between words if the stream is a terminal."""
    import textwrap

    width = columns(stream)
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False) if width else text


def expiry(expires_at: datetime | None, now: float) -> str:
    """Formats when a token expires: `in 52 min (2026-11-23 16:04 UTC)`; empty if it is not known.

    Args:
        expires_at: the expiry in UTC, or None.
        now: the wall clock, in seconds since 1970-01-01 UTC.
    """
    return "" if expires_at is None else moment(expires_at.timestamp(), now)


def moment(seconds: float, now: float) -> str:
    """Formats a time relative to now, to the nearest unit: `in 52 min (2026-11-23 16:04 UTC)`, `3 h ago (...)`.

    Args:
        seconds: the time, in seconds since 1970-01-01 UTC.
        now: the wall clock, likewise.
    """
    from ..ports.rfc3339 import format_time

    left = round(seconds - now)
    _, size, unit = next(row for row in _UNITS if abs(left) >= row[0])
    amount = f"{round(abs(left) / size)} {unit}"
    date, _, clock = format_time(seconds).partition("T")
    return f"{f'in {amount}' if left >= 0 else f'{amount} ago'}{f' ({date} {clock[:5]} UTC)' if date else ''}"


def time_text(moment: datetime | None) -> str | None:
    """Returns a time in RFC 3339 for JSON, or None."""
    from ..ports.rfc3339 import format_time

    return None if moment is None else format_time(moment.timestamp())
