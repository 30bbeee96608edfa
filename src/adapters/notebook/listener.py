"""Shows each login of a notebook as one card, which counts down and is replaced by the result."""

import io
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event as Signal
from threading import RLock, Thread

from attrs import evolve

from ...ports.events import Event, LoggedIn, LoginFailed, LoginPlanned
from ...ports.timeouts import NOTEBOOK_TICK
from .card import Card, without_addresses
from .changes import card_after, card_left_behind
from .kernel import Handle, Output, shorten_interrupt


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
        if isinstance(event, LoginFailed):
            shorten_interrupt(event.reason)
        with self._lock:
            if isinstance(event, LoginPlanned):
                self._begin(event.profile)
            shown = self._cards.get(event.profile)
            if shown is None:
                _write(event)
                return
            if isinstance(event, LoggedIn | LoginFailed):
                del self._cards[event.profile]
            shown.become(card_after(shown.card, event, self._clock()))

    def _begin(self, profile: str) -> None:
        if (before := self._cards.pop(profile, None)) is not None:
            before.become(card_left_behind(before.card))
        self._cards[profile] = _ShownCard(self._show, self._clock, self._lock, ticking=self._ticking)


class _ShownCard:
    """A card below a cell, as soon as there is something on it for the user."""

    def __init__(
        self, show: Callable[[dict[str, str]], Handle], clock: Callable[[], float], lock: RLock, *, ticking: bool
    ) -> None:
        self.card = Card()
        self._show = show
        self._clock = clock
        self._lock = lock
        self._ticking = ticking
        self._handle: Handle | None = None
        self._ended = Signal()

    def become(self, card: Card) -> None:
        """Shows another form of the card."""
        before, self.card = self.card, card
        if card.mark:
            self._ended.set()
        if self._handle is not None:
            if card != before:
                self._update(self._handle)
        elif card.worth_showing:
            self._handle = self._show(card.bundle(self._clock()))
            if self._ticking and not card.mark:
                Thread(target=self._tick, args=(self._handle,), name="promptvm-oauth notebook", daemon=True).start()

    def _tick(self, handle: Handle) -> None:
        with suppress(Exception):  # a front end that is gone: the login goes on without a countdown
            while not self._ended.wait(NOTEBOOK_TICK):
                with self._lock:
                    if not self._ended.is_set() and self.card.deadline is not None:
                        self._update(handle)

    def _update(self, handle: Handle) -> None:
        handle.update(self.card.bundle(self._clock()))


def _write(event: Event) -> None:
    """Writes an event below the cell, where it is saved, so without e-mail addresses."""
    from ..listeners.terminal import TerminalListener

    if isinstance(event, LoggedIn):
        event = evolve(event, user="")
    text = io.StringIO()
    with suppress(Exception):
        TerminalListener(text)(event)
        for line in text.getvalue().splitlines():
            sys.stderr.write(f"{without_addresses(line)}\n")
