"""Single flight between threads, and work that Ctrl-C does not tear in half."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from ..ports.flight import Work

T = TypeVar("T")


class _Flight:
    """One piece of work under way; `landed` is set when it has a result or an error, or was given up."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.result: object = None
        self.error: Exception | None = None
        self.given_up = True


class BlockingFlight:
    """The flight port for threads: the first one does the work, the others wait for it."""

    def __init__(self) -> None:
        """Start with nothing under way."""
        self._mutex = threading.Lock()
        self._under_way: dict[str, _Flight] = {}

    async def join(self, key: str, work: Work[T]) -> T:
        """Do the work, or wait for the one under way for the same key and share its end.

        A leader that is interrupted gives the work up, and one of those who wait takes it over.
        """
        while True:
            with self._mutex:
                flight = self._under_way.get(key)
                leads = flight is None
                if flight is None:
                    flight = self._under_way[key] = _Flight()
            if leads:
                return await self._lead(key, flight, work)
            flight.landed.wait()
            if flight.error is not None:
                raise flight.error
            if not flight.given_up:
                return cast("T", flight.result)

    async def _lead(self, key: str, flight: _Flight, work: Work[T]) -> T:
        try:
            flight.result = result = await work()
        except Exception as error:
            flight.error = error
            raise
        else:
            flight.given_up = False
            return result
        finally:
            with self._mutex:
                del self._under_way[key]
            flight.landed.set()

    async def finish(self, work: Work[T]) -> T:
        """Do the work to its end; Ctrl-C takes effect only afterwards."""
        with _interrupts_held():
            return await work()

    async def close(self) -> None:
        """Do nothing: the threads that wait for work are the callers' own."""


@contextmanager
def _interrupts_held() -> Generator[None]:
    """Hold SIGINT back; Python delivers it to the main thread only, so other threads need nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    import signal

    received: list[tuple[int, Any]] = []
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):
        yield
        return
    signal.signal(signal.SIGINT, lambda number, frame: received.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if received:
            before(*received[0])
