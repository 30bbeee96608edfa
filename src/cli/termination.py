"""Lets SIGTERM and SIGHUP unwind a logout that waits for the server, so that it can say what was done; then it ends.

The handlers are installed once the tokens are removed: before that, the signals take their usual course.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Never, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from ..ports.events import Event

_NUMBERS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Terminated(BaseException):
    """A signal that ends this process was received.

    Attributes:
        number: the number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def take_effect(self) -> None:
        """Ends this process by the signal."""
        signal.signal(self.number, signal.SIG_DFL)
        os.kill(os.getpid(), self.number)


class UnwoundBySignals:
    """A context in which SIGTERM and SIGHUP raise `Terminated` from the moment that tokens were removed.

    Only signals with their default effect are handled.
    """

    def __init__(self) -> None:
        self._handled: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._handled:
            signal.signal(number, signal.SIG_DFL)

    def listener(self, show: Callable[[Event], object]) -> Callable[[Event], None]:
        """Returns a listener that shows events and handles the signals after the event `TokensRemoved`."""

        def hear(event: Event) -> None:
            if type(event).__name__ == "TokensRemoved":  # compared by name, so that nothing is imported for it
                self._handle()
            show(event)

        return hear

    def _handle(self) -> None:
        for number in _NUMBERS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _terminate)
                self._handled.append(number)


def _terminate(number: int, _: FrameType | None) -> Never:
    raise Terminated(number)
