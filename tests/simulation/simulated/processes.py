"""Running processes: the real flows, which announce their steps, without an event loop or on one of their own."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from .signals import default_of, enter, leave
from .times import START

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from .steps import Step


class Killed(BaseException):
    """Raised in what is left of a process that was killed; it can do nothing more."""


class Process:
    """A process that runs a flow.

    Attributes:
        index: its place among the processes of a world.
        now: the wall clock when it last went on.
        waiting: the steps that it announced, one for each of its tasks that waits for one.
        notes: what it did since it last went on and others do not see: calls that began and ended, released locks.
        ended: whether it has ended.
        killed: whether it was killed.
        handlers: its signal handlers.
        hold: the signals that it holds back, as the real code has them in a process.
        error: the error that ended it.
    """

    def __init__(self, index: int) -> None:
        self.index = index
        self.now = START
        self.waiting: list[Step] = []
        self.notes: list[tuple[Any, ...]] = []
        self.ended = False
        self.killed = False
        self.handlers: dict[int, Any] = {}
        self.hold: Any = None
        self.error: BaseException | None = None

    def start(self, flow: Coroutine[Any, Any, object]) -> None:
        """Runs the flow up to its first step."""
        self._flow = flow
        self._go(flow.send, None)

    def do(self, step: Step) -> Any:
        """Returns an awaitable of the result of a step."""
        if self.killed:
            raise Killed
        return step

    def resume(self, step: Step, outcome: object) -> None:
        """Goes on after a step: with its result, or with an error."""
        self.waiting.remove(step)
        if isinstance(outcome, BaseException):
            self._go(self._flow.throw, outcome)
        else:
            self._go(self._flow.send, outcome)

    def interrupt(self) -> None:
        """Delivers Ctrl-C: the handler runs, and what it raises is raised in the flow."""
        enter(self)
        try:
            self.handlers.get(signal.SIGINT, default_of(signal.SIGINT))(signal.SIGINT, None)
        except BaseException as raised:  # noqa: BLE001 (whatever the handler raises is raised in the flow)
            self.waiting.clear()
            self._go(self._flow.throw, raised)
        finally:
            leave()

    def kill(self) -> None:
        """Ends the process at once: nothing of it has any effect any more."""
        self.killed = self.ended = True
        self.waiting.clear()
        self._discard(self._flow)

    def _discard(self, flow: Coroutine[Any, Any, object]) -> None:
        enter(self)
        with suppress(BaseException):
            flow.close()
        leave()

    def _go(self, call: Callable[[Any], Step], value: object) -> None:
        enter(self)
        try:
            self.waiting.append(call(value))
        except StopIteration:
            self.ended = True
        except BaseException as error:  # noqa: BLE001 (the invariants judge it)
            self.ended, self.error = True, error
        finally:
            leave()


class AsyncProcess(Process):
    """A process with an event loop."""

    def start(self, flow: Coroutine[Any, Any, object]) -> None:
        """Runs the flow as a task up to its first step."""
        self._loop = cast("Callable[[AsyncProcess], _Loop]", _Loop)(self)  # tasks and futures call no more of it
        self._tasks: dict[asyncio.Task[Any] | None, int] = {}
        self._entered(lambda: self._begin(flow))

    def do(self, step: Step) -> Any:
        """Returns an awaitable of the result of a step."""
        if self.killed:
            raise Killed
        step.future = self._loop.create_future()
        step.thread = self.know(asyncio.current_task(self._loop))
        self.waiting.append(step)
        return step.future

    def resume(self, step: Step, outcome: object) -> None:
        """Goes on after a step, until every task waits."""
        self.waiting.remove(step)
        settle = step.future.set_exception if isinstance(outcome, BaseException) else step.future.set_result
        self._entered(lambda: settle(outcome))

    def interrupt(self) -> None:
        """Cancels the caller, as a time-out of it or `asyncio.run` after Ctrl-C does."""
        self._entered(self._main.cancel)

    def kill(self) -> None:
        """Ends the process at once."""
        self.killed = self.ended = True
        self.waiting.clear()
        for task in self._tasks:
            if task is not None and not task.done():
                setattr(task, "_log_destroy_pending", False)  # noqa: B010 (asyncio has no other way)
                coroutine = task.get_coro()
                assert asyncio.iscoroutine(coroutine)
                self._discard(coroutine)

    def know(self, task: asyncio.Task[Any] | None) -> int:
        """Returns the number of a task."""
        return self._tasks.setdefault(task, len(self._tasks))

    def _begin(self, flow: Coroutine[Any, Any, object]) -> None:
        self._main = self._loop.create_task(flow)

    def _entered(self, act: Callable[[], object]) -> None:
        """Acts, and runs the event loop until nothing is left to run."""
        enter(self)
        asyncio._set_running_loop(self._loop)
        try:
            act()
            ready = self._loop.ready
            while ready:
                ready.popleft()._run()
        finally:
            asyncio._set_running_loop(None)
            leave()
        self.waiting = [step for step in self.waiting if not step.future.done()]
        if self._main.done() and not self.waiting:
            self.ended = True
            self.error = asyncio.CancelledError() if self._main.cancelled() else self._main.exception()


class _Loop(asyncio.AbstractEventLoop):
    """The part of an event loop that tasks and futures need; time passes by steps of the simulation."""

    def __init__(self, process: AsyncProcess) -> None:
        self.ready: deque[asyncio.Handle] = deque()
        self._process = process

    def _call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self.ready.append(handle)
        return handle

    call_soon: Any = _call_soon
    call_soon_threadsafe: Any = _call_soon

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **given: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, **given)
        self._process.know(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self._process.killed:
            raise AssertionError(context.get("message"))
