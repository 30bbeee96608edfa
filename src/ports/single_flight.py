"""The single-flight port: one call per key at a time inside this process, and calls that are not interrupted."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Work = Callable[[], Coroutine[Any, Any, T]]
"""A coroutine function without arguments."""

Delayed = Callable[[float], object]
"""Is called when Ctrl-C is pressed again while it waits, with the longest remaining wait in seconds. It never raises.

An asynchronous caller's is called in its event loop, a blocking caller's in another thread.
"""


class SingleFlight(Protocol):
    """Runs the work of a key once for all callers that call while it runs. It affects this process only."""

    async def run_once(self, key: str, work: Work[T]) -> T:
        """Runs the work, or waits for the running work of the same key and returns or raises what that does.

        A cancelled caller stops waiting; the work continues for the others.
        """
        ...

    async def run_within(self, seconds: float, key: str, work: Work[T]) -> T | None:
        """Runs the work as `run_once` does, and returns None if it goes on after so many seconds.

        It then goes on by itself, and what it returns or raises is dropped. A blocking caller in the main thread waits
        for its end, since signals can be held back only for work that runs there.
        """
        ...

    def is_running(self, key: str) -> bool:
        """Returns whether `run_once` would wait for another caller's run."""
        ...

    async def uninterrupted(self, work: Work[T], delayed: Delayed | None = None) -> T:
        """Runs the work to its end: a cancellation, Ctrl-C, SIGTERM or SIGHUP takes effect only afterwards.

        A signal waits for `HTTP_EXCHANGE` seconds at most, and only where the work runs in the main thread. SIGTERM and
        SIGHUP wait only if their default action would end the process: a handler of the program is called at once.

        Args:
            work: a token request and the save of its answer.
            delayed: tells the user why Ctrl-C takes so long; None tells nothing.
        """
        ...

    async def close(self) -> None:
        """Waits for all runs to end."""
        ...
