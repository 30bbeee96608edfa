"""A deadline for calls that have none: name resolution, a server that drips, a keychain that waits for a prompt.

The call runs in a daemon thread of its own. An executor would not do: the interpreter joins its threads at exit, and a
call that hangs would then hang the exit.
"""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

from ...ports.timeouts import WAIT_SLICE

T = TypeVar("T")


class DeadlineExceeded(TimeoutError):
    """The call had not ended when the time was over; it goes on in its thread until it ends by itself."""


class _Call(Generic[T]):
    """A call in a thread, and how it ended."""

    def __init__(self, function: Callable[[], T]) -> None:
        self.ended = Event()
        self._function = function
        self._results: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._results.append(self._function())
        except BaseException as error:  # noqa: BLE001 - it is the caller's, whatever it is
            self._error = error
        finally:
            self.ended.set()

    def result(self) -> T:
        if self._error is None:
            return self._results[0]
        try:
            raise self._error
        finally:
            self._error = None  # the traceback holds this frame: without this the two keep each other alive


def call_within(seconds: float, function: Callable[[], T], *, abandon: Callable[[], None] | None = None) -> T:
    """Call a function and wait for it, but no longer than that.

    Args:
        seconds: how long to wait at the most.
        function: what to call, in another thread.
        abandon: called once, in the caller's thread, when the wait ends before the function does, by the deadline or by
            an interrupt; it makes the function end soon.

    Returns:
        What the function gave.

    Raises:
        DeadlineExceeded: the function had not ended after `seconds`.
        BaseException: what the function raised, whatever it is.
    """
    call = _Call(function)
    deadline = time.monotonic() + seconds
    Thread(target=call.run, name="promptvm-oauth call", daemon=True).start()
    ended = False
    try:
        while not ended and (left := deadline - time.monotonic()) > 0:
            ended = call.ended.wait(min(WAIT_SLICE, left))
    finally:
        if abandon is not None and not ended:
            abandon()
    if not ended:
        raise DeadlineExceeded(f"no answer within {seconds:g} s")
    return call.result()
