"""The signals that wait for work to end: says what they wait for, and ends the wait at its deadline.

A signal handler runs in the midst of other code, whose locks it must not wait for, so it only leaves a word for a
thread. The thread is a plain one, since `threading.Thread.start` takes such a lock.
"""

import os
import signal
from _thread import start_new_thread
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import get_ident
from time import monotonic

from ...ports.single_flight import Delayed

_AGAIN, _STOP = "again", "stop"


class HeldSignals:
    """The signals that arrived, in the main thread, while work must not be interrupted.

    Args:
        deadline: when the wait ends at the latest, on the monotonic clock.
        delayed: each is told the remaining seconds when Ctrl-C is pressed again, in another thread.
        may_wake: whether a signal would reach the handler that asks `is_due`.

    Attributes:
        is_due: whether the deadline has come.
        raised: what the handler of SIGINT raised; None if it raised nothing.
    """

    def __init__(
        self, deadline: float, delayed: Callable[[], Sequence[Delayed]], may_wake: Callable[[int], bool]
    ) -> None:
        self.is_due = False
        self.raised: BaseException | None = None
        self._fatal: list[int] = []
        self._deadline = deadline
        self._delayed = delayed
        self._may_wake = may_wake
        self._main_thread = get_ident()
        self._words: SimpleQueue[str] = SimpleQueue()  # `put` may be called in a signal handler
        with suppress(RuntimeError):  # no thread is left: nothing is told, and only the end of the work ends the wait
            start_new_thread(self._watch, ())

    def add(self, number: int, raised: BaseException | None, *, again: bool) -> None:
        """Notes a signal.

        Args:
            number: the signal.
            raised: what its handler raised; None if its default action is due, which ends the process.
            again: whether it is a Ctrl-C that was pressed again.
        """
        if raised is not None:
            self.raised = raised
        else:
            self._fatal.append(number)
        if again:
            self._words.put(_AGAIN)

    def stop(self) -> None:
        """Ends the thread; it is not waited for."""
        self._words.put(_STOP)

    def end_process(self) -> None:
        """Lets the first signal whose default action is due end the process; returns if there is none."""
        if self._fatal:
            end_by(self._fatal[0])

    def _watch(self) -> None:
        while True:
            try:
                word = self._words.get(timeout=max(0.0, self._deadline - monotonic()))
            except Empty:
                self._wake()
                return
            if word == _STOP:
                return
            for delayed in self._delayed():
                delayed(max(0.0, self._deadline - monotonic()))

    def _wake(self) -> None:
        """Sends one of the signals to the main thread again, whose handler finds that it is due."""
        self.is_due = True
        number = self._fatal[0] if self._fatal else signal.SIGINT
        if not self._may_wake(number):
            return
        if os.name == "posix":
            signal.pthread_kill(self._main_thread, number)
        else:
            from _thread import interrupt_main

            interrupt_main(signal.SIGINT)


def end_by(number: int) -> None:
    """Lets a signal take its default action, which ends the process unless the program blocks the signal."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
