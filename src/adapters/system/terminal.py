"""Whether a stream is a terminal. It imports nothing, so that loading a stored token stays cheap."""

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
