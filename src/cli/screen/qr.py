"""The QR code of a login: drawn where it can be read and leaves the code to enter on the screen, else explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...composition.standalone import qr_code
from ...ports.streams import encoding_of, size
from .lines import Kind, Line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from .surroundings import Surroundings

FOLLOWING = 6
"""The lines below the block of a code: the live line or the result, a problem, and the shell's next prompt."""

_ANY_SIZE = 1000

_SPARED = 2
"""The lines by which the drawing with the smaller margin is lower, and half of the columns by which it is narrower."""


def drawing(url: str, below: int, stream: TextIO, takes: Surroundings, *, wanted: bool | None) -> Sequence[Line]:
    """Returns the lines of a QR code, or why it is not drawn if the user asked for it.

    Args:
        url: a checked URL; empty if there is none.
        below: the number of lines that stand below the drawing.
        stream: the stream that it is written to.
        takes: what that stream takes.
        wanted: whether the user asked for it; None if they did not say.
    """
    if wanted is False or (wanted is None and not takes.colours):
        return ()
    problem = _problem(url, takes)
    if not problem:
        columns, rows = size(stream)
        lines = qr_code(url, columns, rows - below - FOLLOWING, encoding_of(stream))
        if lines:
            return [Line(line, Kind.DRAWING) for line in lines]
        problem = _no_room(url, below, stream)
    return [Line(f"No QR code is shown: {problem}.", Kind.WARNING)] if wanted else ()


def _problem(url: str, takes: Surroundings) -> str:
    from importlib.util import find_spec

    if not url:
        return "the server sent no safe address with the code in it"
    if not takes.terminal:
        return "this is no terminal that shows colours"
    missing = " and ".join(name for name in ("rich", "segno") if find_spec(name) is None)
    return f"it needs {missing}; install promptvm-oauth[cli]" if missing else ""


def _no_room(url: str, below: int, stream: TextIO) -> str:
    smallest = qr_code(url, _ANY_SIZE, _ANY_SIZE, encoding_of(stream))
    if not smallest:
        return "this terminal's encoding has no blocks"
    columns, rows = len(smallest[0]) - 2 * _SPARED, len(smallest) - _SPARED
    return f"it needs a window of {columns} columns and {rows + below + FOLLOWING} lines"
