"""The listener of a client without `on_event`: a card in a notebook, else sentences on stderr if it is a terminal."""

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from ..system.terminal import is_terminal

if TYPE_CHECKING:
    from ...ports.events import Event, Listener


class DefaultListener:
    """Shows events where the user looks; what it takes is loaded by the first event."""

    def __init__(self) -> None:
        self._notebook: Listener | None = None

    @property
    def shows_codes(self) -> bool:
        """Whether a device code would be seen."""
        return _in_kernel() or is_terminal(sys.stderr)

    def __call__(self, event: "Event") -> None:
        """Shows one event; if it cannot be shown, nothing else fails."""
        with suppress(Exception):
            if _in_kernel():
                self._in_notebook(event)
            elif is_terminal(sys.stderr):
                from .terminal import TerminalListener

                TerminalListener(sys.stderr)(event)

    def _in_notebook(self, event: "Event") -> None:
        if self._notebook is None:
            from ..notebook.listener import NotebookListener

            self._notebook = NotebookListener()
        self._notebook(event)


def _in_kernel() -> bool:
    from ..notebook.kernel import in_kernel

    return in_kernel()
