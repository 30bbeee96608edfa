"""A deadline for calls that have none: name resolution, a slow response, a keychain that waits for a prompt.

Each call runs in a new daemon thread and not in an executor: the interpreter joins the threads of executors at exit,
so a blocked call would block the exit.
"""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

from ...ports.timeouts import WAIT_SLICE

T = TypeVar("T")


class DeadlineExceeded(TimeoutError):
    """The call did not end in time; it continues in its thread until it ends by itself."""


class _Call(Generic[T]):
    """A call in a thread, and its result or error."""

    def __init__(self, function: Callable[[], T]) -> None:
        self.ended = Event()
        self._function = function
        self._results: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._results.append(self._function())
        except BaseException as error:  # noqa: BLE001 - the caller gets any error
            self._error = error
        finally:
            self.ended.set()

    def ends_within(self, seconds: float, waiting: Callable[[float, float], None] | None) -> bool:
        deadline = time.monotonic() + seconds
        ended = False
        while not ended and (left := deadline - time.monotonic()) > 0:
            ended = self.ended.wait(min(WAIT_SLICE, left))
            if waiting is not None and not ended:
                waiting(seconds - max(deadline - time.monotonic(), 0.0), seconds)
        return ended

    def result(self) -> T:
        if self._error is None:
            return self._results[0]
        try:
            raise self._error
        finally:
            self._error = None  # the traceback refers to this frame: without this line they form a cycle


def call_within(
    seconds: float,
    function: Callable[[], T],
    *,
    abandon: Callable[[], None] | None = None,
    waiting: Callable[[float, float], None] | None = None,
    patience: Callable[[], float] | None = None,
) -> T:
    """Calls a function in another thread and waits up to `seconds` seconds for its result.

    Args:
        seconds: the longest wait.
        function: the function to call.
        abandon: called once, in the caller's thread, if the wait ends before the function does, by the deadline or by
            an interrupt; it should make the function end soon.
        waiting: called during the wait, about every 0.2 s, with the seconds that have passed and `seconds`; what it
            raises ends the wait.
        patience: called once, when the time has passed; returns how many more seconds to wait.

    Returns:
        What the function returned.

    Raises:
        DeadlineExceeded: the function did not end in time.
        BaseException: what the function or `waiting` raised.
    """
    call = _Call(function)
    Thread(target=call.run, name="promptvm-oauth call", daemon=True).start()
    ended = False
    try:
        ended = call.ends_within(seconds, waiting)
        if not ended and patience is not None and (more := patience()) > 0:
            ended = call.ends_within(more, waiting)
    finally:
        if abandon is not None and not ended:
            abandon()
    if not ended:
        raise DeadlineExceeded(f"no answer within {seconds:g} s")
    return call.result()
