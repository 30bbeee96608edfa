"""The single-flight port: one call per key at a time inside this process, and calls that are not interrupted."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Work = Callable[[], Coroutine[Any, Any, T]]
"""A coroutine function without arguments."""


class SingleFlight(Protocol):
    """Runs the work of a key once for all callers that call while it runs. It affects this process only."""

    async def run_once(self, key: str, work: Work[T]) -> T:
        """Runs the work, or waits for the running work of the same key and returns or raises what that does.

        A cancelled caller stops waiting; the work continues for the others.
        """
        ...

    def is_running(self, key: str) -> bool:
        """Returns whether `run_once` would wait for another caller's run."""
        ...

    async def uninterrupted(self, work: Work[T]) -> T:
        """Runs the work to its end: a cancellation, or Ctrl-C, takes effect only afterwards."""
        ...

    async def close(self) -> None:
        """Waits for all runs to end."""
        ...
