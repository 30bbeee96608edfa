"""Whether a stream is a terminal. Loads nothing: a stored token passes through here."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO


def is_terminal(stream: TextIO | None) -> bool:
    """Returns whether a stream is a terminal; a closed or absent one is not."""
    with suppress(ValueError, OSError):
        return stream is not None and stream.isatty()
    return False
