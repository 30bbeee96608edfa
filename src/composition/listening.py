"""Who hears the events, and what happens when a listener fails: it is logged and ends nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from ..ports.events import Event, Listener


def terminal() -> Listener | None:
    """Give the listener that talks to the person on stderr, or None if stderr is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    return terminal_listener(sys.stderr)


def terminal_listener(stream: TextIO) -> Listener:
    """Give a listener that tells a person what to do and what happened, in plain lines.

    Args:
        stream: a terminal, or anything else that a person reads; never standard output.
    """
    from ..adapters.terminal_listener import TerminalListener

    return TerminalListener(stream)


def guarded(listener: Listener | None) -> Listener:
    """Give a listener that never raises; None becomes one that does nothing."""

    def emit(event: Event) -> None:
        if listener is None:
            return
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001 (whatever a listener raises, the login goes on)
            from ..adapters.log import logger

            logger().warning("listener_failed", event_type=type(event).__name__, error=type(error).__name__)

    return emit
