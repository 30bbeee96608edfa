"""The simulation itself: what counts as one schedule, and that a run is the same whenever it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .simulated.exploration import Exploration
from .simulated.programs import Program
from .simulated.scenario import Caller, Login, Scenario, ask, ask_at_once
from .simulated.schedule import Scheduler, take_all
from .simulated.steps import Order, Step, nothing
from .simulated.world import World

if TYPE_CHECKING:
    from .simulated.processes import Process

pytestmark = pytest.mark.usefixtures("own_signals")


def program(name: str, index: int, *steps: tuple[tuple[str, ...], tuple[str, ...]]) -> Program:
    async def main(process: Process) -> None:
        for reads, writes in steps:
            await process.do(Step("clock.sleep", nothing, reads=reads, writes=writes))

    return Program(name, index, main)


class Bare(Scenario):
    """A scenario of bare steps."""

    programs: tuple[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...], ...]

    def world(self) -> World:
        world = World(revokes_families=False)
        for index, steps in enumerate(self.programs):
            world.add(program(f"p{index}", index, *steps))
        return world


def schedules(*programs: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...], preemptions: int = 9) -> int:
    scenario = Bare("bare", (), (), preemptions=preemptions, faults=0)
    object.__setattr__(scenario, "programs", programs)
    return len(Exploration(scenario).run_all().traces)


READ_A, READ_B = (("a",), ()), (("b",), ())
WRITE_A, WRITE_B = ((), ("a",)), ((), ("b",))


def test_orders_of_steps_that_commute_are_one_schedule() -> None:
    assert schedules((READ_A, READ_A), (READ_A, READ_B)) == 1
    assert schedules((WRITE_A, WRITE_A), (WRITE_B, WRITE_B)) == 1


def test_orders_of_steps_that_do_not_commute_are_counted_apart() -> None:
    assert schedules((WRITE_A,), (WRITE_A,)) == 2
    assert schedules((WRITE_A,), (READ_A,)) == 2
    assert schedules((WRITE_A,), (WRITE_A,), (WRITE_A,)) == 6
    assert schedules((WRITE_A, WRITE_B), (WRITE_A, WRITE_B)) == 4
    assert schedules((WRITE_A, WRITE_A), (WRITE_A, WRITE_A)) == 6  # 4 over 2


def test_preemptions_are_bounded() -> None:
    two = (WRITE_A, WRITE_A), (WRITE_A, WRITE_A)

    assert [schedules(*two, preemptions=bound) for bound in range(4)] == [2, 4, 6, 6]


def test_the_order_of_two_reads_counts_for_no_later_write() -> None:
    def after(*steps: tuple[int, str]) -> int:
        order = Order()
        for process, kind in steps:
            reads, writes = (("a",), ()) if kind == "read" else ((), ("a",))
            order.add(process, order.number(process, kind, reads, writes), reads, writes)
        return order.trace

    assert after((0, "read"), (1, "read"), (2, "write")) == after((1, "read"), (0, "read"), (2, "write"))
    assert after((0, "read"), (2, "write"), (1, "read")) != after((0, "read"), (1, "read"), (2, "write"))


def renewing(*, asynchronous: bool) -> Scenario:
    call = ask_at_once if asynchronous else ask
    callers = tuple(Caller(name, "auto", (call, ask), asynchronous=asynchronous) for name in ("first", "second"))
    return Scenario("renewing", (Login("work", "ada", "keychain"),), callers)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_remembered_run_is_what_the_real_code_does(asynchronous: bool) -> None:
    """Runs are put together from what the processes did before; each is made once more, from nothing."""
    scenario = renewing(asynchronous=asynchronous)
    exploration = Exploration(scenario)

    for seed in range(60):
        world, choices = exploration.run_random(seed)
        again = scenario.world()
        take_all(again, choices)
        assert again.order.trace == world.order.trace
        assert again.disk.state() == world.disk.state()
        assert again.grants == world.grants
        again.close()
    exploration.close()


def test_a_seed_makes_the_same_run_in_any_order() -> None:
    first, second = Exploration(renewing(asynchronous=False)), Exploration(renewing(asynchronous=False))
    seeds = range(20)

    forwards = {seed: first.run_random(seed)[1] for seed in seeds}
    backwards = {seed: second.run_random(seed)[1] for seed in reversed(seeds)}

    assert forwards == backwards


def test_a_killed_process_releases_its_locks_and_does_nothing_more() -> None:
    scenario = renewing(asynchronous=False)
    world = scenario.world()
    scheduler = Scheduler(world)
    while not world.holders:
        option = scheduler.options()[0]
        scheduler.take(option, "", scheduler.number(option, ""))
    stored = world.disk.state()

    option = scheduler.options()[0]
    scheduler.take(option, "kill", scheduler.number(option, "kill"))

    assert world.locals[0].ended
    assert not world.holders
    assert world.disk.state() == stored
    world.close()
