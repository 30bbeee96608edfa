"""What a process does, remembered: it runs once for each history of what its steps returned, and never again.

A process knows of the world only what its steps return and what the clock says. So after equal results it announces
equal steps, in whatever world. `Local` is a process after one such history. The real code runs when a history is met
for the first time; the results that led there are given to it once more if it has gone on elsewhere since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .faults import FAULTS, STOP
from .processes import AsyncProcess, Process

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from .steps import Step


class Event(NamedTuple):
    """What a process met at a step.

    Attributes:
        thread: the number of the task whose step it was.
        fault: the fault that it met, or the empty text.
        result: what the step returned, if it met no fault.
        now: the wall clock, in seconds since 1970-01-01 UTC.
    """

    thread: int
    fault: str
    result: object
    now: float


class Local:
    """A process after one history.

    Attributes:
        steps: the steps that it waits for.
        notes: what it did since the step before, unseen by others.
        ended: whether it has ended.
        error: the error that ended it.
    """

    __slots__ = ("_after", "_before", "_event", "_process", "ended", "error", "notes", "steps")

    def __init__(self, process: Process | None, before: Local | None, event: Event | None) -> None:
        self._before = before
        self._event = event
        self._after: dict[Event, Local] = {}
        self._process = process
        self.steps: tuple[Step, ...] = ()
        self.notes: tuple[tuple[Any, ...], ...] = ()
        self.ended = True
        self.error: BaseException | None = None
        if process is not None:
            self.steps = tuple(process.waiting)
            self.notes = tuple(process.notes)
            self.ended, self.error = process.ended, process.error

    def after(self, program: Program, event: Event) -> Local:
        """Returns the process after one more event."""
        found = self._after.get(event)
        if found is None:
            process = self._running(program)
            self._process = None
            _go_on(process, event)
            found = self._after[event] = Local(process, self, event)
        return found

    def close(self) -> None:
        """Ends the real process, and those of all longer histories."""
        if self._process is not None and not self._process.ended:
            self._process.kill()
        for later in self._after.values():
            later.close()

    def _running(self, program: Program) -> Process:
        """Returns a process that runs and has this history."""
        if self._process is not None:
            return self._process
        if self._before is None or self._event is None:
            return program.started()
        events: list[Event] = []
        here: Local | None = self
        while here is not None and here._event is not None:
            events.append(here._event)
            here = here._before
        process = program.started()
        for event in reversed(events):
            _go_on(process, event)
        return process


KILLED = Local(None, None, None)
"""A process that was killed."""


class Program:
    """A program that processes run.

    Args:
        name: the name of its process in traces.
        index: the place of its process among those of a world.
        main: returns the flow that a process runs.
        ours: whether it uses this library.
        asynchronous: whether it has an event loop.
    """

    def __init__(
        self,
        name: str,
        index: int,
        main: Callable[[Process], Coroutine[Any, Any, object]],
        *,
        ours: bool = True,
        asynchronous: bool = False,
    ) -> None:
        self.name = name
        self.index = index
        self.ours = ours
        self._main = main
        self._kind = AsyncProcess if asynchronous else Process
        self.begin = Local(self.started(), None, None)

    def started(self) -> Process:
        """Returns a new process that waits for its first step."""
        process = self._kind(self.index)
        process.start(self._main(process))
        return process


def _go_on(process: Process, event: Event) -> None:
    process.now = event.now
    process.notes = []
    if event.fault == STOP:
        process.interrupt()
        return
    step = next(step for step in process.waiting if step.thread == event.thread)
    if not event.fault:
        process.resume(step, event.result)
        return
    fault = next(fault for fault in FAULTS[step.name] if fault.name == event.fault)
    process.resume(step, fault.outcome())
