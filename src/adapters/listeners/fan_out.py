"""Passes each event to several listeners, and logs what a listener raises so that it does not end the login."""

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
        self._each = each

    def __call__(self, event: "Event") -> None:
        """Calls every listener.

        Raises:
            CancelLogin: a listener raised it; the others were called all the same.
        """
        cancelling = [listener for listener in self._each if _cancels(listener, event)]
        if cancelling:
            from ...ports.cancellation import CancelLogin

            raise CancelLogin


def guarded(listener: "Listener", cancel: "Callable[[str], object]") -> "Listener":
    """Returns a listener that never raises; what the other one raises is logged, without its text.

    Args:
        listener: the other listener.
        cancel: called instead if the listener raises `CancelLogin`, with the name of the event's profile.
    """

    def emit(event: "Event") -> None:
        if _cancels(listener, event):
            cancel(event.profile)

    return emit


def _cancels(listener: "Listener", event: "Event") -> bool:
    """Calls a listener and returns whether it raised `CancelLogin`; what else it raises is logged, without its text."""
    try:
        listener(event)
    except Exception as error:  # noqa: BLE001 (a listener must not end the login)
        from ...ports.cancellation import CancelLogin

        if isinstance(error, CancelLogin):
            return True
        from .log import logger

        with suppress(Exception):  # without a handler, logging writes to stderr, which may not be writable either
            logger().warning("listener_failed", event_type=type(event).__name__, error=type(error).__name__)
    return False
