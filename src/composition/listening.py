"""Who hears the events: the listeners that come with this package, and what happens when one fails."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..adapters.system.terminal import is_terminal

if TYPE_CHECKING:
    from typing import TextIO

    from ..ports.events import Event, Listener


def terminal() -> Listener | None:
    """Give the listener that talks to the person on stderr, or None if stderr is no terminal."""
    return terminal_listener(sys.stderr) if is_terminal(sys.stderr) else None


def terminal_listener(stream: TextIO) -> Listener:
    """Give a listener that tells a person, in plain sentences, what to open, what to enter and what is waited for.

    Clients without `on_event` have it on stderr, where that is a terminal.

    Args:
        stream: where to; the standard error of a program, never its standard output.
    """
    from ..adapters.listeners.terminal import TerminalListener

    return TerminalListener(stream)


def json_lines_listener(stream: TextIO) -> Listener:
    """Give a listener that writes each event as one JSON object a line, for a front end in another language.

    The object's `event` is the kind of the event, its other members are the event's attributes. URLs and user codes
    are in it, since the front end must show them; so it must not be kept as a log.

    Args:
        stream: where to; nobody else may write to it.
    """
    from ..adapters.listeners.json_lines import JsonLinesListener

    return JsonLinesListener(stream)


def log_listener() -> Listener:
    """Give a listener that logs what happens to `logging.getLogger("promptvm_oauth")`, and nothing secret.

    No URL, no user code and no e-mail address is logged; so it shows nobody what to open. Beside another listener, it
    goes into `all_of`. Nothing is configured globally, neither logging nor structlog.
    """
    from ..adapters.listeners.log_events import StructlogListener

    return StructlogListener()


def all_of(*listeners: Listener) -> Listener:
    """Give a listener that passes each event to all of these, in order, whatever one of them raises.

    What a listener raises is logged, without its text.
    """
    each = [guarded(listener) for listener in listeners]

    def tell(event: Event) -> None:
        for listener in each:
            listener(event)

    return tell


def guarded(listener: Listener | None) -> Listener:
    """Give a listener that never raises; None becomes one that does nothing."""

    def emit(event: Event) -> None:
        if listener is None:
            return
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001 (whatever a listener raises, the login goes on)
            from ..adapters.listeners.log import logger

            logger().warning("listener_failed", event_type=type(event).__name__, error=type(error).__name__)

    return emit
