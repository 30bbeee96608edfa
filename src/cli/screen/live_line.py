"""One line at the bottom that is written again every second, and erased before anything else is written."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING

from ...ports.streams import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TextIO

TICK = 1.0
"""Seconds between two redraws."""

_ERASED = "\r\x1b[2K"


class LiveLine:
    """The live line of one stream. The cursor is never hidden, so a killed program leaves the terminal as it was.

    Args:
        stream: a terminal.
        render: returns the row as it should be now, without a newline; empty for none.
        start: starts to call a function every second and returns the function that ends that.
    """

    def __init__(
        self, stream: TextIO, render: Callable[[], str], start: Callable[[Callable[[], object]], Callable[[], None]]
    ) -> None:
        self._stream = stream
        self._render = render
        self._start = start
        self._end: Callable[[], None] | None = None
        self._lock = RLock()
        self._drawn = ""

    def show(self) -> None:
        """Draws the line, and from now on draws it again every second."""
        with self._lock:
            self._draw()
        if self._end is None:
            self._end = self._start(self._tick)

    @contextmanager
    def above(self) -> Generator[None]:
        """A context in which something is written in place of the line; then the line is drawn below it."""
        with self._lock:
            was_drawn = bool(self._drawn)
            self._erase()
            yield
            if was_drawn:
                self._draw()

    def close(self) -> None:
        """Erases the line for good."""
        end, self._end = self._end, None
        if end is not None:
            end()
        with self._lock:
            self._erase()

    def _tick(self) -> None:
        with self._lock:
            if self._end is not None:
                self._draw()

    def _draw(self) -> None:
        row, before = self._render(), self._drawn
        if row == before:
            return
        self._drawn = row or before  # first: a Ctrl-C meanwhile leaves a line that is known and will be erased
        self._put((_ERASED if before else "") + row)
        self._drawn = row

    def _erase(self) -> None:
        if self._drawn:
            self._put(_ERASED)
        self._drawn = ""

    def _put(self, text: str) -> None:
        with suppress(Exception):  # no login fails because its screen cannot be written
            write_text(text, self._stream)


def start_ticking(tick: Callable[[], object]) -> Callable[[], None]:
    """Calls a function every second in a thread, and returns the function that ends that.

    Args:
        tick: the function.
    """
    stop = Event()

    def run() -> None:
        while not stop.wait(TICK):
            tick()

    thread = Thread(target=run, name="promptvm-auth live line", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(TICK)

    return end
