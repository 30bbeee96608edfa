"""The flight port: one piece of work at a time per key inside this process, and work that is not torn in half."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Work = Callable[[], Coroutine[Any, Any, T]]
"""Starts the work: a coroutine function without arguments."""


class Flight(Protocol):
    """Single flight. Composition provides it in both colours; it touches nothing outside this process."""

    async def join(self, key: str, work: Work[T]) -> T:
        """Do the work, or wait for the one under way for the same key and share what it returns or raises.

        A caller that is cancelled leaves; the work goes on for the others.
        """
        ...

    def under_way(self, key: str) -> bool:
        """Say whether a caller who joined now would wait for somebody else's work."""
        ...

    async def finish(self, work: Work[T]) -> T:
        """Do the work to its end: a cancellation, or Ctrl-C, takes effect only afterwards."""
        ...

    async def close(self) -> None:
        """Wait for all work under way."""
        ...
