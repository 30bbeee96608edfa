"""Holds back Ctrl-C, SIGTERM and SIGHUP during work that must not be interrupted, for a limited time.

Python runs signal handlers in the main thread only, so nothing is held back in other threads. A forked child has the
handlers that the process had before.
"""

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

from ...ports.single_flight import Delayed
from ...ports.timeouts import HTTP_EXCHANGE
from .held_signals import HeldSignals, end_by

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP") if os.name == "posix" else ("SIGINT",)
NUMBERS: tuple[int, ...] = tuple(getattr(signal, name) for name in _NAMES)
"""The signals that wait. SIGINT is held back first and released last, since its handler is the one that raises."""

Handler = Callable[[int, FrameType | None], object] | signal.Handlers
"""A function, or the default action of the system."""


class Block:
    """One stretch of work that signals wait for.

    Attributes:
        deadline: when signals stop waiting for it, on the monotonic clock.
        delayed: is told the remaining seconds when Ctrl-C is pressed again; None tells nothing.
        expired: whether a signal waited until the deadline, so that the work may be interrupted now.
    """

    def __init__(self, delayed: Delayed | None) -> None:
        self.deadline = monotonic() + HTTP_EXCHANGE
        self.delayed = delayed
        self.expired = False


class Hold:
    """The time in which at least one block is open. It belongs to the main thread.

    Attributes:
        blocks: the open blocks.
        over: whether signals are no longer held back.
        when_over: called when that happens, unless the process ends.
        signals: the signals that wait; None if there are none.
    """

    def __init__(self, first: Block) -> None:
        self.blocks = [first]
        self.over = False
        self.when_over: list[Callable[[], object]] = []
        self.signals: HeldSignals | None = None
        handlers = [(number, _may_wait(number)) for number in NUMBERS]
        self._stand_ins = [StandIn(number, handler, self) for number, handler in handlers if handler is not None]

    def install(self) -> None:
        """Begins to hold signals back; in a subinterpreter, which receives none, it does nothing."""
        try:
            for stand_in in self._stand_ins:
                signal.signal(stand_in.number, stand_in)
        except ValueError:
            self._stand_ins.clear()
        except BaseException:  # raised by the handler of another signal
            self.forget()
            raise

    def forget(self) -> None:
        """Restores the handlers; nothing more is held back, and what waited is dropped."""
        try:
            for stand_in in reversed(self._stand_ins):
                stand_in.remove()
        finally:
            self.over = True

    def end(self) -> None:
        """Restores the handlers and lets the signals that waited take their course.

        Raises:
            BaseException: what the handler of SIGINT raised.
        """
        try:
            self.forget()
        finally:
            signals, self.signals = self.signals, None
            if signals is not None:
                signals.stop()
                signals.end_process()
        callbacks, self.when_over = self.when_over, []
        for callback in callbacks:
            callback()
        if signals is not None and signals.raised is not None:
            raise signals.raised

    def end_if_due(self) -> bool:
        """Interrupts the work if a signal waited until the deadline; returns whether it did.

        Raises:
            BaseException: what the handler of SIGINT raised.
        """
        if self.signals is None or not self.signals.is_due:
            return False
        for block in self.blocks:
            block.expired = True
        self.end()
        return True

    def takes(self, stand_in: "StandIn", raised: BaseException | None) -> bool:
        """Notes that a signal arrived, and returns whether it waits."""
        if self.over:
            return False
        if self.signals is None:
            deadline = max(block.deadline for block in self.blocks)
            self.signals = HeldSignals(deadline, self._delayed, self._is_held_back)
        self.signals.add(stand_in.number, raised, again=stand_in.number == signal.SIGINT and stand_in.calls > 1)
        return True

    def _delayed(self) -> list[Delayed]:
        return [block.delayed for block in list(self.blocks) if block.delayed is not None]

    def _is_held_back(self, number: int) -> bool:
        return not self.over and any(each.number == number and each.is_installed for each in self._stand_ins)


class StandIn:
    """The handler of one signal during a hold. Programs may keep it, and install or call it at any later time.

    Args:
        number: the signal.
        handler: the handler that it stands in for.
        hold: decides whether the signal waits.

    Attributes:
        number: the signal.
        calls: how often the signal arrived.
    """

    def __init__(self, number: int, handler: Handler, hold: Hold) -> None:
        self.number = number
        self.calls = 0
        self._handler = handler
        self._hold = hold

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Runs a function at once and lets what it raises wait; a default action waits as a whole.

        Raises:
            BaseException: what the function raised, if it does not wait.
        """
        if self._hold.end_if_due():
            return
        self.calls += 1
        handler = self.handler()
        raised: BaseException | None = None
        if callable(handler):
            try:
                handler(number, frame)
            except BaseException as error:  # noqa: BLE001 (KeyboardInterrupt, as a rule; raised here or later)
                raised = error
            else:
                return
        if self._hold.takes(self, raised):
            return
        if raised is not None:
            raise raised
        end_by(number)

    @property
    def is_installed(self) -> bool:
        """Whether this is the handler of the signal, and no other one was installed in the meantime."""
        current: object = signal.getsignal(self.number)
        return current is self

    def remove(self) -> None:
        """Restores the handler, unless another one was installed in the meantime."""
        if self.is_installed:
            signal.signal(self.number, self.handler())

    def handler(self) -> Handler:
        """Returns the handler to restore.

        `asyncio.run` removes its handler only if it is installed, so a handler whose main task is done must not be
        restored.
        """
        main_task = getattr(self._handler, "keywords", {}).get("main_task")
        if main_task is None or not main_task.done():
            return self._handler
        return signal.default_int_handler


_current: Hold | None = None


def current_hold() -> Hold | None:
    """Returns the hold of this process if there is one."""
    return None if _current is None or _current.over else _current


@contextmanager
def defer_interrupts(delayed: Delayed | None = None) -> Generator[Block]:
    """Holds signals back until the block ends. Blocks may be nested, and overlap in an event loop.

    Args:
        delayed: called in another thread when Ctrl-C is pressed again while it waits.

    Raises:
        BaseException: what the handler of SIGINT raised, when the last block ends.
    """
    global _current  # noqa: PLW0603 (signal handlers belong to the process)
    block = Block(delayed)
    if threading.current_thread() is not threading.main_thread():
        yield block
        return
    hold = current_hold()
    if hold is not None:
        hold.blocks.append(block)
    else:
        _current = hold = Hold(block)
        hold.install()
    try:
        yield block
    finally:
        hold.blocks.remove(block)
        if not hold.blocks and not hold.over:
            hold.end()


def _may_wait(number: int) -> Handler | None:
    """Returns the handler of a signal that may wait, otherwise None.

    SIGINT may wait with every handler that Python knows: it runs at once, and only what it raises waits. Another signal
    may wait if its default action would end the process, so no handler of the program is called late.
    """
    current = signal.getsignal(number)
    handler = current.handler() if isinstance(current, StandIn) else current
    if handler is signal.SIG_DFL:
        return signal.SIG_DFL
    return handler if number == signal.SIGINT and callable(handler) else None


def _forget_in_child() -> None:
    """Restores the handlers in a forked child, since its parent process finishes the work."""
    hold = current_hold()
    if hold is not None:
        hold.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
