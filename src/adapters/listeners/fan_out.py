"""Passes each event to several listeners, and logs what a listener raises so that it does not end the login."""

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...ports.events import Event, Listener


class FanOut:
    """A listener that passes each event to several listeners, in order, even if one of them raises.

    Args:
        listeners: the listeners.

    Attributes:
        shows_codes: whether one of them shows device codes to the user.
    """

    def __init__(self, listeners: "Iterable[Listener]") -> None:
        each = tuple(listeners)
        self.shows_codes = any(getattr(listener, "shows_codes", True) for listener in each)
        self._each = tuple(guarded(listener) for listener in each)

    def __call__(self, event: "Event") -> None:
        """Calls every listener."""
        for listener in self._each:
            listener(event)


def guarded(listener: "Listener") -> "Listener":
    """Returns a listener that never raises; what the other one raises is logged, without its text."""

    def emit(event: "Event") -> None:
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001 (a listener must not end the login)
            from .log import logger

            with suppress(Exception):  # without a handler, logging writes to stderr, which may not be writable either
                logger().warning("listener_failed", event_type=type(event).__name__, error=type(error).__name__)

    return emit
