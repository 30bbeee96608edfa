"""All schedules within two preemptions and one fault, and random ones beyond: no invariant is violated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import DEEPER
from .simulated.faults import all_pairs
from .simulated.scenarios import ALL

if TYPE_CHECKING:
    from .conftest import Explorations

LEAST = 200_000
"""How many schedules are tried that differ in more than the order of commuting steps."""


@pytest.mark.parametrize("scenario", ALL)
def test_no_schedule_violates_an_invariant(explorations: Explorations, scenario: str) -> None:
    found = explorations.exhaustive(scenario)

    assert not found["violations"], "\n\n".join(found["violations"])


@pytest.mark.parametrize("scenario", ALL)
def test_no_random_schedule_violates_an_invariant(explorations: Explorations, scenario: str) -> None:
    found = explorations.random(scenario)

    again = f'python -m tests.simulation.simulated "{scenario}" --seed N'
    assert not found["violations"], "\n\n".join([f"seen again by: {again}", *found["violations"]])


def test_the_schedules_are_many_and_reach_every_fault(explorations: Explorations) -> None:
    if len(explorations.results) < len(ALL):
        pytest.skip("not all scenarios were explored")

    assert sum(result["schedules"] for result in explorations.results.values()) >= LEAST or DEEPER
    reached = {*explorations.total("reached")}
    calls = {pair.partition(" ")[0] for pair in reached}
    assert set() == {pair for pair in all_pairs() if pair.partition(" ")[0] in calls} - reached
