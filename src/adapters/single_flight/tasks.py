"""Single flight between tasks: the work is a task of its own, which callers wait for and `close` joins."""

import asyncio
from contextvars import ContextVar
from typing import Any, TypeVar

from ...ports.single_flight import Work
from .interrupts import interrupts_wait

T = TypeVar("T")


class AsyncFlight:
    """The flight port for tasks."""

    def __init__(self) -> None:
        """Start with nothing under way."""
        self._under_way: dict[tuple[int, str], asyncio.Task[Any]] = {}

    async def join(self, key: str, work: Work[T]) -> T:
        """Do the work, or wait for the one under way for the same key in this event loop, and share its end."""
        task = self._task(key)
        if task is None:
            loop = asyncio.get_running_loop()
            place = (id(loop), key)
            task = self._under_way[place] = loop.create_task(work())
            task.add_done_callback(lambda done: self._land(place, done))
        await asyncio.wait([task])  # other than a shield, it says nothing of its own when the waiter has gone
        result: T = task.result()
        return result

    def under_way(self, key: str) -> bool:
        """Say whether a task of this event loop is at work for this key."""
        return self._task(key) is not None

    async def finish(self, work: Work[T]) -> T:
        """Do the work to its end: a cancellation, Ctrl-C, or the end of `asyncio.run` takes effect only afterwards."""
        loop = asyncio.get_running_loop()
        cancelled: asyncio.CancelledError | None = None
        with interrupts_wait(lambda interrupt: loop.call_soon(_raise, interrupt)):
            unit = _Unit(_as_unit(work), loop=loop)
            while not unit.done():
                try:
                    await asyncio.wait([unit])
                except asyncio.CancelledError as error:
                    cancelled = error
        if cancelled is not None and not unit.cancelled():
            unit.exception()
            raise cancelled
        return unit.result()

    async def close(self) -> None:
        """Wait for all work under way in this event loop; who is cancelled meanwhile leaves, and the work goes on."""
        here = asyncio.get_running_loop()
        tasks = [task for task in list(self._under_way.values()) if task.get_loop() is here]
        if tasks:
            await asyncio.wait(tasks)

    def _task(self, key: str) -> "asyncio.Task[Any] | None":
        loop = asyncio.get_running_loop()
        task = self._under_way.get((id(loop), key))
        # A loop that was closed in the midst of work leaves its task behind, and perhaps its id to another loop.
        return None if task is None or task.done() or task.get_loop() is not loop else task

    def _land(self, place: tuple[int, str], task: "asyncio.Task[Any]") -> None:
        if self._under_way.get(place) is task:
            del self._under_way[place]
        if not task.cancelled():
            task.exception()  # looked at, so that an error nobody waited for is not reported by the loop


class _Unit(asyncio.Task[T]):
    """A task that only its own work can cancel, as a time-out in it does, and nobody else, not even an ending loop."""

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ANN401 (asyncio's own type)
        """Cancel it, if that is asked for from within."""
        return _unit.get() is self and super().cancel(msg)


_unit: ContextVar["asyncio.Task[Any] | None"] = ContextVar("promptvm_oauth_unit", default=None)
"""The unit that the running code belongs to: the callbacks and the tasks that it starts inherit it."""


async def _as_unit(work: Work[T]) -> T:
    _unit.set(asyncio.current_task())
    return await work()


def _raise(interrupt: BaseException) -> None:
    raise interrupt
