"""Shows each login of a notebook as one card, which counts down and is replaced by the result."""

import sys
import time
from collections.abc import Callable
from threading import Event as Signal
from threading import RLock, Thread

from ...ports.events import Event, LoginPlanned
from ...ports.timeouts import NOTEBOOK_TICK
from .card import Card
from .kernel import Handle, Output


class NotebookListener:
    """Shows events in the output of a cell. It may be called from any thread.

    Args:
        show: shows a card for the first time.
        clock: returns the monotonic time in seconds.
        ticking: whether a thread counts the remaining time down.
    """

    def __init__(
        self,
        show: Callable[[dict[str, str]], Handle] = Output,
        clock: Callable[[], float] = time.monotonic,
        *,
        ticking: bool = True,
    ) -> None:
        self._show = show
        self._clock = clock
        self._ticking = ticking
        self._lock = RLock()
        self._cards: dict[str, _ShownCard] = {}

    def __call__(self, event: Event) -> None:
        """Shows one event; what belongs to no login is written to stderr, as in a terminal."""
        with self._lock:
            if isinstance(event, LoginPlanned):
                self._begin(event.profile)
            shown = self._cards.get(event.profile)
            if shown is not None:
                shown.take(event)
                if shown.card.ended:
                    del self._cards[event.profile]
                return
        from ..listeners.terminal import TerminalListener

        TerminalListener(sys.stderr)(event)

    def _begin(self, profile: str) -> None:
        if (before := self._cards.pop(profile, None)) is not None:
            before.stop()
        self._cards[profile] = _ShownCard(self._show, self._clock, self._lock)
        if self._ticking:
            self._cards[profile].start()


class _ShownCard:
    """A card below a cell."""

    def __init__(self, show: Callable[[dict[str, str]], Handle], clock: Callable[[], float], lock: RLock) -> None:
        self.card = Card()
        self._clock = clock
        self._lock = lock
        self._handle = show(self.card.bundle(clock()))
        self._ended = Signal()

    def start(self) -> None:
        """Starts to count down."""
        Thread(target=self._tick, name="promptvm-oauth notebook", daemon=True).start()

    def stop(self) -> None:
        """Stops to count down."""
        self._ended.set()

    def take(self, event: Event) -> None:
        """Shows the card after an event."""
        after = self.card.after(event, self._clock())
        if after != self.card:
            self.card = after
            self._update()
        if after.ended:
            self.stop()

    def _tick(self) -> None:
        while not self._ended.wait(NOTEBOOK_TICK):
            with self._lock:
                if not self._ended.is_set() and self.card.deadline is not None:
                    self._update()

    def _update(self) -> None:
        self._handle.update(self.card.bundle(self._clock()))
