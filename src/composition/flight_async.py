"""Single flight between tasks: the work is a task of its own, which callers await shielded and `close` joins."""

import asyncio
from typing import Any, TypeVar

from ..ports.flight import Work

T = TypeVar("T")


class AsyncFlight:
    """The flight port for tasks."""

    def __init__(self) -> None:
        """Start with nothing under way."""
        self._under_way: dict[tuple[int, str], asyncio.Task[Any]] = {}

    async def join(self, key: str, work: Work[T]) -> T:
        """Do the work, or wait for the one under way for the same key in this event loop, and share its end."""
        place = (id(asyncio.get_running_loop()), key)
        task = self._under_way.get(place)
        if task is None or task.done():
            task = asyncio.create_task(work())
            self._under_way[place] = task
            task.add_done_callback(lambda done: self._land(place, done))
        return await asyncio.shield(task)

    async def finish(self, work: Work[T]) -> T:
        """Do the work to its end: a cancellation takes effect only afterwards."""
        task = asyncio.create_task(work())
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError as error:
                cancelled = error
            except Exception:  # noqa: BLE001 (it is raised below, with the result)
                break
        if cancelled is not None and not task.cancelled():
            task.exception()
            raise cancelled
        return task.result()

    async def close(self) -> None:
        """Wait for all work under way in this event loop."""
        here = id(asyncio.get_running_loop())
        tasks = [task for (loop, _), task in list(self._under_way.items()) if loop == here]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _land(self, place: tuple[int, str], task: "asyncio.Task[Any]") -> None:
        if self._under_way.get(place) is task:
            del self._under_way[place]
        if not task.cancelled():
            task.exception()  # looked at, so that an error nobody waited for is not reported by the loop
