"""Runs a command so that each event, and at last its result, is a line of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exit_codes import INTERRUPTED
from ..termination import Terminated
from .output import JsonLines

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from ..context import Context

_SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a program."""


def run_in_lines(options: Namespace, context: Context, run: Callable[[Context], int]) -> int:
    """Runs a command and returns its exit code; the last line is written however it ends.

    Args:
        options: the options of the command; it is told to write JSON.
        context: its streams.
        run: runs the command in a context, and reports its errors itself.
    """
    options.json = True
    lines = JsonLines(context.out, getattr(options, "profile", None) or "")
    try:
        code = run(context._replace(lines=lines))
    except KeyboardInterrupt:
        lines.end(INTERRUPTED)
        raise
    except Terminated as stop:
        lines.end(_SIGNALLED + stop.number)
        raise
    lines.end(code)
    return code
