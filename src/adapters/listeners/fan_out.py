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
        cancelling: list[str] = []
        for listener in self._each:
            guarded(listener, cancelling.append)(event)
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
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001 (a listener must not end the login)
            from ...ports.cancellation import CancelLogin
            from .log import logger

            if isinstance(error, CancelLogin):
                cancel(event.profile)
                return
            with suppress(Exception):  # without a handler, logging writes to stderr, which may not be writable either
                logger().warning("listener_failed", event_type=type(event).__name__, error=type(error).__name__)

    return emit
