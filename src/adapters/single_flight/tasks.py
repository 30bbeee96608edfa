"""Single flight between tasks: the work is a separate task, for which callers and `close` wait."""

import asyncio
from contextvars import ContextVar
from typing import Any, TypeVar

from ...ports.single_flight import Work
from .interrupts import defer_interrupts

T = TypeVar("T")


class TaskSingleFlight:
    """A `SingleFlight` for tasks; each event loop has its own runs."""

    def __init__(self) -> None:
        self._running: dict[tuple[int, str], asyncio.Task[Any]] = {}

    async def run_once(self, key: str, work: Work[T]) -> T:
        """Runs the work, or waits for that of the same key in this event loop and returns or raises what it does."""
        task = self._task(key)
        if task is None:
            loop = asyncio.get_running_loop()
            place = (id(loop), key)
            task = self._running[place] = loop.create_task(work())
            task.add_done_callback(lambda done: self._unregister(place, done))
        await asyncio.wait([task])  # not `shield`, which logs an unretrieved exception when the waiter was cancelled
        result: T = task.result()
        return result

    def is_running(self, key: str) -> bool:
        """Returns whether a task of this event loop runs the work of this key."""
        return self._task(key) is not None

    async def uninterrupted(self, work: Work[T]) -> T:
        """Runs the work to its end: a cancellation, Ctrl-C or the end of `asyncio.run` takes effect only afterwards."""
        loop = asyncio.get_running_loop()
        cancelled: asyncio.CancelledError | None = None
        with defer_interrupts(lambda interrupt: loop.call_soon(_raise, interrupt)):
            task = _UncancellableTask(_run_marked(work), loop=loop)
            while not task.done():
                try:
                    await asyncio.wait([task])
                except asyncio.CancelledError as error:
                    cancelled = error
        if cancelled is not None and not task.cancelled():
            task.exception()
            raise cancelled
        return task.result()

    async def close(self) -> None:
        """Waits for all runs of this event loop; a cancelled caller stops waiting, and the runs continue."""
        here = asyncio.get_running_loop()
        tasks = [task for task in list(self._running.values()) if task.get_loop() is here]
        if tasks:
            await asyncio.wait(tasks)

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
    """A task that only its own work can cancel, for instance with a time-out; the end of the event loop cannot."""

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ANN401 (asyncio's own type)
        """Cancels the task if the call comes from its own work."""
        return _current.get() is self and super().cancel(msg)


_current: ContextVar["asyncio.Task[Any] | None"] = ContextVar("promptvm_oauth_uncancellable_task", default=None)
"""The task that the running code belongs to; callbacks and tasks that it starts inherit it."""


async def _run_marked(work: Work[T]) -> T:
    _current.set(asyncio.current_task())
    return await work()


def _raise(interrupt: BaseException) -> None:
    raise interrupt
