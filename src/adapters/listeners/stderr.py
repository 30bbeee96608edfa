"""The listener of a client without `on_event`: the terminal's, on stderr, where stderr is a terminal."""

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from ..system.terminal import is_terminal

if TYPE_CHECKING:
    from ...ports.events import Event


class StderrListener:
    """Writes events to stderr if that is a terminal; what it takes is loaded by the first event."""

    @property
    def shows_codes(self) -> bool:
        """Whether a device code would be seen."""
        return is_terminal(sys.stderr)

    def __call__(self, event: "Event") -> None:
        """Writes one event; if stderr cannot be written, the event is not shown and nothing else fails."""
        if is_terminal(sys.stderr):
            from .terminal import TerminalListener

            with suppress(Exception):
                TerminalListener(sys.stderr)(event)
