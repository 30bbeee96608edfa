"""Single flight between threads, and calls that signals do not interrupt.

What happens to the run of one key, as `ThreadSingleFlight.run_once` sees it:

    none ------ a caller calls -----------------> running, in that caller's thread
    running --- another thread calls -----------> that thread waits
    running --- the same thread calls again ----> it runs its own work at once, not shared (a signal handler that
                                                  calls during the run would wait for itself)
    running --- the work returns ---------------> none; those who wait return its result
    running --- the work raises an `Exception` -> none; those who wait raise the same error
    running --- it is interrupted --------------> none; those who wait call again, so one of them runs its own work
    running --- the process forks --------------> none in the child: its thread does not exist there
"""

import os
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar, cast

from ...ports.single_flight import Delayed, Work
from ...ports.timeouts import WAIT_SLICE
from .interrupts import defer_interrupts

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class _Run:
    """One run and how it ended: with a result, with an error, or interrupted.

    Attributes:
        ended: whether it ended.
        wake: set after that, for the waiting callers.
    """

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.ended = False
        self.wake = threading.Event()
        self.result: object = None
        self.error: Exception | None = None
        self.interrupted = True


class ThreadSingleFlight:
    """A `SingleFlight` for threads: the first caller runs the work, the others wait for it."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._runs: dict[tuple[int, str], _Run] = {}
        self._threads: set[threading.Thread] = set()

    async def run_once(self, key: str, work: Work[T]) -> T:
        """Runs the work, or waits for that of the same key and returns or raises what it does."""
        place = (os.getpid(), key)
        while True:
            own = _Run()
            try:
                if (current := self._register(place, own)) is own:
                    return await self._run(own, work)
            finally:
                own.ended = True  # first, since an interrupt may come before the next line
                self._unregister(place, own)
            if current.thread == own.thread:
                return await work()
            while not current.ended:
                current.wake.wait(WAIT_SLICE)
            if current.error is not None:
                raise current.error
            if not current.interrupted:
                return cast("T", current.result)

    async def run_within(self, seconds: float, key: str, work: Work[T]) -> T | None:
        """Runs the work in a thread of its own, and returns None if it goes on after so many seconds.

        In the main thread it waits for the end. The end of the program waits for such threads.
        """
        if threading.current_thread() is threading.main_thread():
            return await self.run_once(key, work)
        from concurrent.futures import Future

        future: Future[T] = Future()
        thread = threading.Thread(
            target=copy_context().run, args=(self._settle, future, key, work), name="promptvm-oauth", daemon=False
        )
        try:
            thread.start()
        except RuntimeError:  # the program is ending, or may start no more threads
            return await self.run_once(key, work)
        try:
            return future.result(seconds)
        except TimeoutError:  # or the work's own
            return future.result() if future.done() else None

    def _settle(self, future: "Future[T]", key: str, work: Work[T]) -> None:
        self._threads.add(thread := threading.current_thread())
        flow = self.run_once(key, work)
        try:
            flow.send(None)  # work over blocking ports never suspends
            flow.close()
            future.set_exception(RuntimeError("work in a thread waited for an event loop"))
        except StopIteration as finished:
            future.set_result(finished.value)
        except BaseException as error:  # noqa: BLE001 (the caller raises it)
            future.set_exception(error)
        finally:
            self._threads.discard(thread)

    def is_running(self, key: str) -> bool:
        """Returns whether another thread runs the work of this key."""
        run = self._runs.get((os.getpid(), key))
        return run is not None and not run.ended

    def _register(self, place: tuple[int, str], own: _Run) -> _Run:
        """Returns the current run, which is `own` if there was none."""
        with self._mutex:
            current = self._runs.get(place)
            if current is None or current.ended:
                current = self._runs[place] = own
            return current

    def _unregister(self, place: tuple[int, str], own: _Run) -> None:
        own.wake.set()
        with self._mutex:
            if self._runs.get(place) is own:
                del self._runs[place]

    async def _run(self, own: _Run, work: Work[T]) -> T:
        try:
            own.result = result = await work()
        except Exception as error:
            own.error = error
            raise
        own.interrupted = False
        return result

    async def uninterrupted(self, work: Work[T], delayed: Delayed | None = None) -> T:
        """Runs the work to its end; Ctrl-C, SIGTERM and SIGHUP take effect only afterwards."""
        with defer_interrupts(delayed):
            return await work()

    async def close(self) -> None:
        """Waits for the threads of `run_within`; all other work is run by the callers' own."""
        for thread in self._threads - {threading.current_thread()}:
            thread.join()
