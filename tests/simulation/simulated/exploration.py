"""Runs a scenario under all schedules within its bounds, or under random ones, and counts them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from . import judge
from .schedule import MAX_STEPS, Choice, Option, Scheduler

if TYPE_CHECKING:
    from .scenario import Scenario
    from .world import World


class Path(NamedTuple):
    """The choices of a run, from the last one back.

    Attributes:
        before: the choices before the last one.
        choice: the last choice.
    """

    before: Path | None
    choice: Choice

    def choices(self) -> tuple[Choice, ...]:
        """Returns the choices in order."""
        found: list[Choice] = []
        here: Path | None = self
        while here is not None:
            found.append(here.choice)
            here = here.before
        return tuple(reversed(found))


class Finding(NamedTuple):
    """A run that violated an invariant.

    Attributes:
        invariant: the invariant.
        text: what happened.
        choices: the run.
    """

    invariant: str
    text: str
    choices: tuple[Choice, ...]


@dataclass
class Explored:
    """What was found.

    Attributes:
        runs: how many runs there were.
        cut: how many beginnings led to one that was continued already.
        traces: the runs that differ in more than the order of commuting steps.
        reached: how often each port call met each fault.
        losses: how often a login was lost where it may be, by the fault.
        violations: how often each invariant was violated.
        findings: a short run for each violated invariant.
    """

    runs: int = 0
    cut: int = 0
    traces: set[int] = field(default_factory=set[int])
    reached: Counter[str] = field(default_factory=Counter[str])
    losses: Counter[str] = field(default_factory=Counter[str])
    violations: Counter[str] = field(default_factory=Counter[str])
    findings: dict[str, Finding] = field(default_factory=dict[str, Finding])


class _Branch(NamedTuple):
    """A run's beginning, and one more choice.

    Attributes:
        scheduler: after the beginning; it is shared and not changed.
        path: the choices of the beginning.
        option: the step that is chosen.
        fault: the fault that it meets.
        number: its number.
        faults: how many faults there are, with this one.
    """

    scheduler: Scheduler
    path: Path | None
    option: Option
    fault: str
    number: int
    faults: int


class Exploration:
    """The schedules of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.explored = Explored()
        self._verdicts: dict[tuple[object, ...], tuple[tuple[str, str], ...]] = {}
        self._seen: dict[int, int] = {}
        self._start = scenario.world()
        self._waiting: list[list[_Branch]] = [[] for _ in range(scenario.preemptions + 1)]

    def run_all(self, limit: int | None = None) -> Explored:
        """Runs all schedules within the bounds of the scenario, those with few preemptions first."""
        explored = self.explored
        self._continue(Scheduler(self._start.copy()), None, 0, 0)
        for preemptions, level in enumerate(self._waiting):
            while level and (limit is None or explored.runs < limit):
                branch = level.pop()
                scheduler = branch.scheduler.copy()
                scheduler.take(branch.option, branch.fault, branch.number)
                choice = Choice(branch.option.process, branch.option.step.thread, branch.fault)
                self._continue(scheduler, Path(branch.path, choice), preemptions, branch.faults)
        return explored

    def run_random(self, seed: int) -> tuple[World, tuple[Choice, ...]]:
        """Runs one random schedule and returns how it ended."""
        random = Random(seed)  # noqa: S311 (a schedule is no secret)
        scheduler = Scheduler(self._start.copy())
        faults = random.choice((0, 1, 1, 2, 3))
        path: Path | None = None
        while options := scheduler.options():
            option = options[0] if random.random() < 0.7 else random.choice(options)
            fault = ""
            if faults and random.random() < 0.08 and (possible := list(scheduler.faults(option))):
                fault = random.choice(possible)
                faults -= 1
            scheduler.take(option, fault, scheduler.number(option, fault))
            path = Path(path, Choice(option.process, option.step.thread, fault))
            if scheduler.world.taken > MAX_STEPS:
                break
        self._finish(scheduler.world, path)
        return scheduler.world, path.choices() if path else ()

    def close(self) -> None:
        """Ends all processes that still run."""
        self._start.close()

    def _continue(self, scheduler: Scheduler, path: Path | None, preemptions: int, faults: int) -> None:
        """Goes on to the end without interference, and notes where something may interfere."""
        world = scheduler.world
        while options := scheduler.options():
            if world.taken > MAX_STEPS:
                break
            default = options[0]
            number = scheduler.number(default, "")
            # Unless it was continued from here already, in a run with as few preemptions.
            if self._is_known(world.order.after(number), default, preemptions):
                self.explored.cut += 1
                return
            self._branch(scheduler, path, options, preemptions, faults)
            scheduler.take(default, "", number)
            path = Path(path, Choice(default.process, default.step.thread))
        self._finish(world, path)

    def _branch(
        self, scheduler: Scheduler, path: Path | None, options: list[Option], preemptions: int, faults: int
    ) -> None:
        """Notes what else may happen at this step."""
        waiting = self._waiting
        shared: Scheduler | None = None
        for option in options:
            after = preemptions + option.preempts
            if after >= len(waiting):
                continue
            possible = list(scheduler.faults(option)) if faults < self.scenario.faults else []
            if option is not options[0]:
                possible.append("")
            for fault in possible:
                number = scheduler.number(option, fault)
                if self._is_known(scheduler.world.order.after(number), option, after):
                    continue
                if shared is None:
                    shared = scheduler.copy()
                waiting[after].append(_Branch(shared, path, option, fault, number, faults + bool(fault)))

    def _is_known(self, trace: int, option: Option, preemptions: int) -> bool:
        """Returns whether an equal beginning is continued elsewhere, and notes this one."""
        key = hash((trace, option.process, option.step.thread))
        if self._seen.get(key, preemptions + 1) <= preemptions:
            return True
        self._seen[key] = preemptions
        return False

    def _finish(self, world: World, path: Path | None) -> None:
        explored = self.explored
        explored.runs += 1
        explored.traces.add(world.order.trace)
        for faults in world.faults.values():
            for _, fault in faults:
                explored.reached[fault] += 1
        judge.ended(world)
        if not world.signs_out and all(local.ended for local in world.locals):
            for profile, verdict in self._verdicts_of(world):
                if verdict and (how := judge.lost(world, profile, verdict)):
                    explored.losses[how] += 1
        for invariant, text in world.violations:
            explored.violations[invariant] += 1
            if invariant not in explored.findings and path is not None:
                explored.findings[invariant] = Finding(invariant, text, path.choices())

    def _verdicts_of(self, world: World) -> tuple[tuple[str, str], ...]:
        """Returns for each profile whether a program that starts afterwards gets a token: empty, or the error."""
        state = (
            world.disk.state(),
            tuple(grant.number in world.successors or grant.family in world.revoked for grant in world.grants),
        )
        found = self._verdicts.get(state)
        if found is None:
            found = self._verdicts[state] = self.scenario.verdicts(world)
        return found
