"""The single-flight port: one call per key at a time inside this process, and calls that nothing interrupts."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Work = Callable[[], Coroutine[Any, Any, T]]
"""A coroutine function without arguments."""


class SingleFlight(Protocol):
    """Runs each key's work once for all callers who ask while it runs. It touches nothing outside this process."""

    async def run_once(self, key: str, work: Work[T]) -> T:
        """Runs the work, or waits for the run of the same key and returns or raises what that one does.

        A caller that is cancelled stops waiting; the run goes on for the others.
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
