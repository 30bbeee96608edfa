"""Single flight between threads, and work that Ctrl-C does not tear in half."""

import os
import threading
from typing import Never, TypeVar, cast

from ...ports.single_flight import Work
from .interrupts import interrupts_wait

T = TypeVar("T")

_LONGEST_WAIT = 0.2
"""Seconds: on Windows a wait cannot be interrupted, so Ctrl-C takes effect between two of them."""


class _Flight:
    """One piece of work under way, and how it ended: with a result, with an error, or given up.

    Attributes:
        over: whether it ended.
        landed: wakes those who wait for that.
    """

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.over = False
        self.landed = threading.Event()
        self.result: object = None
        self.error: Exception | None = None
        self.given_up = True


class BlockingFlight:
    """The flight port for threads: the first one does the work, the others wait for it."""

    def __init__(self) -> None:
        """Start with nothing under way."""
        self._mutex = threading.Lock()
        self._under_way: dict[tuple[int, str], _Flight] = {}

    async def join(self, key: str, work: Work[T]) -> T:
        """Do the work, or wait for the one under way for the same key and share its end.

        A leader that is interrupted gives the work up, and one of those who wait takes it over.
        """
        place = (os.getpid(), key)  # the threads that were under way before a fork are not in the child
        while True:
            flight = _Flight()
            try:
                if (leader := self._take_off(place, flight)) is flight:
                    return await self._lead(flight, work)
            finally:
                flight.over = True  # before anything is called: an interrupt might come first
                self._land(place, flight)
            if leader.thread == flight.thread:
                return await work()  # asked for in the midst of the work itself, by a signal handler for instance
            while not leader.over:
                leader.landed.wait(_LONGEST_WAIT)
            if leader.error is not None:
                raise leader.error
            if not leader.given_up:
                return cast("T", leader.result)

    def under_way(self, key: str) -> bool:
        """Say whether another thread is at work for this key."""
        flight = self._under_way.get((os.getpid(), key))
        return flight is not None and not flight.over

    def _take_off(self, place: tuple[int, str], flight: _Flight) -> _Flight:
        """Give the flight under way, which is this one if there was none."""
        with self._mutex:
            leader = self._under_way.get(place)
            if leader is None or leader.over:
                leader = self._under_way[place] = flight
            return leader

    def _land(self, place: tuple[int, str], flight: _Flight) -> None:
        flight.landed.set()
        with self._mutex:
            if self._under_way.get(place) is flight:
                del self._under_way[place]

    async def _lead(self, flight: _Flight, work: Work[T]) -> T:
        try:
            flight.result = result = await work()
        except Exception as error:
            flight.error = error
            raise
        flight.given_up = False
        return result

    async def finish(self, work: Work[T]) -> T:
        """Do the work to its end; Ctrl-C takes effect only afterwards."""
        with interrupts_wait(_raise):
            return await work()

    async def close(self) -> None:
        """Do nothing: the threads that wait for work are the callers' own."""


def _raise(interrupt: BaseException) -> Never:
    raise interrupt
