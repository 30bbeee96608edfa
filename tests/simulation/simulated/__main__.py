"""Explores one scenario in a process of its own and prints what was found as JSON."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from typing import Any

from .exploration import Exploration
from .scenarios import ALL
from .schedule import take_all
from .signals import simulated_signals


def main() -> None:
    """Explores the scenario of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.simulated")
    parser.add_argument("scenario", choices=[*ALL], help="the name of a scenario")
    parser.add_argument("--seeds", nargs=2, type=int, metavar=("FIRST", "COUNT"), help="random schedules only")
    parser.add_argument("--seed", type=int, help="print the random schedule of this seed")
    parser.add_argument("--deeper", type=int, default=0, help="how many more preemptions are tried everywhere")
    arguments = parser.parse_args()
    gc.set_threshold(200_000, 20, 100)  # little of what is made here is garbage
    with simulated_signals():
        scenario = ALL[arguments.scenario]
        if arguments.seed is not None:
            print_seed(arguments.scenario, arguments.seed)
        elif arguments.seeds:
            json.dump(random_schedules(arguments.scenario, *arguments.seeds), sys.stdout)
        else:
            json.dump(all_schedules(arguments.scenario, scenario.preemptions + arguments.deeper), sys.stdout)


def all_schedules(name: str, preemptions: int) -> dict[str, Any]:
    """Returns what all schedules of a scenario show."""
    exploration = Exploration(ALL[name].with_preemptions(preemptions))
    found = exploration.run_all()
    exploration.close()
    violations = [
        "\n".join([f"{finding.invariant}: {finding.text}", *take_all(exploration.scenario.world(), finding.choices)])
        for finding in found.findings.values()
    ]
    return {
        "runs": found.runs,
        "cut": found.cut,
        "schedules": len(found.traces),
        "reached": found.reached,
        "losses": found.losses,
        "violated": found.violations,
        "violations": violations,
    }


def random_schedules(name: str, first: int, count: int) -> dict[str, Any]:
    """Returns what random schedules of a scenario show."""
    exploration = Exploration(ALL[name])
    violations: list[str] = []
    for seed in range(first, first + count):
        world, choices = exploration.run_random(seed)
        if world.violations and len(violations) < 3:
            texts = [f"{invariant}: {text}" for invariant, text in world.violations]
            lines = take_all(exploration.scenario.world(), choices)
            violations.append("\n".join([f"seed {seed}", *texts, *lines]))
    exploration.close()
    return {"schedules": len(exploration.explored.traces), "violations": violations}


def print_seed(name: str, seed: int) -> None:
    """Prints the random schedule of a seed, step by step, and what it violates."""
    exploration = Exploration(ALL[name])
    world, choices = exploration.run_random(seed)
    exploration.close()
    lines = [*take_all(exploration.scenario.world(), choices), *(": ".join(one) for one in world.violations)]
    sys.stdout.write("\n".join([*lines, ""]))


main()
