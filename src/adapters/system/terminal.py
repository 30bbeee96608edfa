"""Whether a stream is a terminal. It imports nothing, so that loading a stored token stays cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO


def is_terminal(stream: TextIO | None) -> bool:
    """Returns whether a stream is a terminal; a closed or absent one is not, nor an object that cannot tell."""
    try:
        return stream is not None and bool(stream.isatty())
    except Exception:  # noqa: BLE001 (host programs put any object there)
        return False
