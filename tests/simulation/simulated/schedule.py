"""The scheduler chooses at each step who goes next, and what fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .faults import FAULTS, KILL, KILL_IN_FLIGHT, STOP
from .programs import KILLED, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .steps import Step
    from .world import World

MAX_STEPS = 400
"""After so many steps a run counts as endless."""

_KILLS = frozenset({KILL, KILL_IN_FLIGHT})


class Choice(NamedTuple):
    """Who goes next.

    Attributes:
        process: the index of the process.
        thread: the number of its task.
        fault: the fault that it meets; empty for none.
    """

    process: int
    thread: int
    fault: str = ""


class Option(NamedTuple):
    """A step that can be taken now.

    Attributes:
        process: the index of the process.
        step: the step.
        preempts: whether another process stops for it though it could go on.
    """

    process: int
    step: Step
    preempts: bool


class Scheduler:
    """Takes the steps of a world.

    Attributes:
        world: the world.
        process: the index of the process that went last; -1 at the start.
        thread: the number of its task.
    """

    __slots__ = ("process", "thread", "world")

    def __init__(self, world: World, process: int = -1, thread: int = 0) -> None:
        self.world = world
        self.process = process
        self.thread = thread

    def copy(self) -> Scheduler:
        """Returns the same for a copy of the world."""
        return Scheduler(self.world.copy(), self.process, self.thread)

    def options(self) -> list[Option]:
        """Returns the steps that can be taken now; the first is what happens if nobody interferes."""
        world, current = self.world, self.process
        now = world.now
        running: list[tuple[int, Step]] = []
        sleeping: list[tuple[int, Step]] = []
        first: tuple[int, Step] | None = None
        for process, local in enumerate(world.locals):
            for step in local.steps:
                if step.until > now:
                    sleeping.append((process, step))
                elif step.ready is None or step.ready(world):
                    pair = (process, step)
                    running.append(pair)
                    if process == current and (first is None or step.thread == self.thread):
                        first = pair
        if len(sleeping) > 1:
            sleeping.sort(key=_until)
        goes_on = first is not None
        if first is None:
            if not (running or sleeping):
                return []
            first = running[0] if running else sleeping[0]
        options = [Option(*first, preempts=False)]
        options += [Option(*pair, preempts=goes_on) for pair in running if pair is not first]
        options += [Option(*pair, preempts=True) for pair in sleeping if pair is not first]
        return options

    def faults(self, option: Option) -> Iterator[str]:
        """Returns the faults that a step can meet."""
        step, ours = option.step, self.world.programs[option.process].ours
        if not ours:
            if step.name != "http.arrive":
                yield KILL
            return
        for fault in FAULTS[step.name]:
            yield fault.name
        yield STOP
        yield KILL
        if step.name == "http.request":
            yield KILL_IN_FLIGHT

    def number(self, option: Option, fault: str) -> int:
        """Returns the number that the step would have if it were taken now."""
        process, step, _ = option
        if not fault:
            return self.world.order.number(process, step.name, step.reads, step.writes)
        reads, writes = self._touched(process, step, fault)
        return self.world.order.number(process, f"{step.name} {fault}", reads, writes)

    def take(self, option: Option, fault: str, number: int) -> None:
        """Takes a step.

        Args:
            option: the step.
            fault: the fault that it meets; empty for none.
            number: its number, from `number`.
        """
        world = self.world
        process, step, _ = option
        reads, writes = self._touched(process, step, fault) if fault else (step.reads, step.writes)
        world.order.add(process, number, reads, writes)
        world.taken += 1
        self.process, self.thread = process, step.thread
        if step.until > world.now and fault not in _KILLS:
            world.now = step.until
            world.order.time_passed()
        if fault:
            self._fail(process, step, fault)
            return
        result = step.act(world, process)
        self._go_on(process, Event(step.thread, "", result, world.now))

    def _fail(self, process: int, step: Step, fault: str) -> None:
        world = self.world
        world.faults[process] = (*world.faults.get(process, ()), (world.taken, f"{step.name} {fault}"))
        if fault in _KILLS:
            world.locals[process] = KILLED
            for lock in world.locks_of(process):
                del world.holders[lock]
            if fault == KILL_IN_FLIGHT:
                world.deliver_late(step, process)
            return
        for one in FAULTS[step.name]:
            if one.name == fault:
                if one.late:
                    world.deliver_late(step, process)
                if one.acts:
                    step.act(world, process)
        self._go_on(process, Event(step.thread, fault, None, world.now))

    def _go_on(self, process: int, event: Event) -> None:
        world = self.world
        local = world.locals[process] = world.locals[process].after(world.programs[process], event)
        if local.notes:
            world.heed(process, local)

    def _touched(self, process: int, step: Step, fault: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Returns what a step reads and writes if it meets a fault."""
        if fault in _KILLS:
            return (), self.world.locks_of(process)
        return (), step.writes if fault == "unclear" else ()


def take_all(world: World, choices: Iterable[Choice] = ()) -> list[str]:
    """Takes the chosen steps, then has all processes run to their ends, one after the other.

    Returns:
        A line for each step.
    """
    scheduler = Scheduler(world)
    lines: list[str] = []
    chosen = list(choices)
    while options := scheduler.options():
        option, fault = options[0], ""
        if chosen:
            process, thread, fault = chosen.pop(0)
            option = next(one for one in options if (one.process, one.step.thread) == (process, thread))
        name = world.programs[option.process].name
        lines.append(f"{world.now % 100000:.3f} {name}: {option.step.name} {fault}".rstrip())
        scheduler.take(option, fault, scheduler.number(option, fault))
        if len(lines) > MAX_STEPS:
            break
    return lines


def _until(pair: tuple[int, Step]) -> float:
    return pair[1].until
