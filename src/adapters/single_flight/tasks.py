"""Single flight between tasks: the work is a separate task, for which callers and `close` wait."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, ParamSpec, TypeVar

from ...ports.single_flight import Delayed, Work
from .interrupts import Block, current_hold, defer_interrupts

P = ParamSpec("P")
T = TypeVar("T")


class TaskSingleFlight:
    """A `SingleFlight` for tasks; each event loop has its own runs."""

    def __init__(self) -> None:
        self._running: dict[tuple[int, str], asyncio.Task[Any]] = {}

    async def run_once(self, key: str, work: Work[T]) -> T:
        """Runs the work, or waits for that of the same key in this event loop and returns or raises what it does."""
        task = self._begun(key, work)
        await asyncio.wait([task])  # not `shield`, which logs an unretrieved exception when the waiter was cancelled
        return task.result()

    async def run_within(self, seconds: float, key: str, work: Work[T]) -> T | None:
        """Runs the work as `run_once` does, and returns None if it goes on after so many seconds."""
        task = self._begun(key, work)
        await asyncio.wait([task], timeout=seconds)
        return task.result() if task.done() else None

    def is_running(self, key: str) -> bool:
        """Returns whether a task of this event loop runs the work of this key."""
        return self._task(key) is not None

    async def uninterrupted(self, work: Work[T], delayed: Delayed | None = None) -> T:
        """Runs the work to its end: a cancellation, a signal or the end of `asyncio.run` takes effect only afterwards.

        Work that is called while a signal waits, but not by work that it waits for, begins when the signal has taken
        effect, and so never in a process that it ends.
        """
        loop = asyncio.get_running_loop()
        if _current.get() is None:
            await _no_signal_waits(loop)
        cancelled: asyncio.CancelledError | None = None
        tell = None if delayed is None else _from_any_thread(loop, delayed)
        with defer_interrupts(tell) as block:
            task = _UncancellableTask(_run_marked(work), loop=loop)
            task.block = block
            while not task.done():
                try:
                    await asyncio.wait([task])
                except asyncio.CancelledError as error:
                    cancelled = error
                    task.cancel()
            if not task.cancelled():
                task.exception()  # retrieved, so that the loop does not report an error that an interrupt replaces
        if cancelled is not None and not task.cancelled():
            raise cancelled
        return task.result()

    async def close(self) -> None:
        """Waits for all runs of this event loop; a cancelled caller stops waiting, and the runs continue."""
        here = asyncio.get_running_loop()
        tasks = [task for task in list(self._running.values()) if task.get_loop() is here]
        if tasks:
            await asyncio.wait(tasks)

    def _begun(self, key: str, work: Work[T]) -> asyncio.Task[T]:
        """Returns the task of a key, which begins now if there was none."""
        task = self._task(key)
        if task is None:
            loop = asyncio.get_running_loop()
            place = (id(loop), key)
            task = self._running[place] = loop.create_task(work())
            task.add_done_callback(lambda done: self._unregister(place, done))
        return task

    def _task(self, key: str) -> "asyncio.Task[Any] | None":
        loop = asyncio.get_running_loop()
        task = self._running.get((id(loop), key))
        # A loop that was closed during a run leaves its task here, and another loop may get its id.
        return None if task is None or task.done() or task.get_loop() is not loop else task

    def _unregister(self, place: tuple[int, str], task: "asyncio.Task[Any]") -> None:
        if self._running.get(place) is task:
            del self._running[place]
        if not task.cancelled():
            task.exception()  # retrieved, so that the loop does not report an error without a waiter


class _UncancellableTask(asyncio.Task[T]):
    """A task that only its own work can cancel, for instance with a time-out; the end of the event loop cannot.

    Attributes:
        block: what it runs in; once that has expired, everybody can cancel the task.
    """

    block: Block

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ANN401 (asyncio's own type)
        """Cancels the task if the call comes from its own work, or if a signal has waited long enough."""
        return (_current.get() is self or self.block.expired) and super().cancel(msg)


_current: ContextVar["asyncio.Task[Any] | None"] = ContextVar("promptvm_oauth_uncancellable_task", default=None)
"""The task that the running code belongs to; callbacks and tasks that it starts inherit it."""


async def _run_marked(work: Work[T]) -> T:
    _current.set(asyncio.current_task())
    return await work()


async def _no_signal_waits(loop: asyncio.AbstractEventLoop) -> None:
    while (hold := current_hold()) is not None and hold.signals is not None:
        over = asyncio.Event()
        hold.when_over.append(_from_any_thread(loop, over.set))
        if not hold.over:
            await over.wait()


def _from_any_thread(loop: asyncio.AbstractEventLoop, function: Callable[P, object]) -> Callable[P, None]:
    """Returns a function that lets the event loop call another one, unless it is closed by then."""

    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(partial(function, *args, **kwargs))

    return call
