"""Scenarios are explored in processes of their own, as many at once as there are processors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .simulated.faults import all_pairs
from .simulated.signals import simulated_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

DEEPER = int(os.environ.get("SIMULATION_DEEPER", "0"))
"""How many more preemptions than by default are tried everywhere."""

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "300"))
"""How many random schedules of each scenario are tried."""

FIRST_SEED = int(os.environ.get("SIMULATION_FIRST_SEED", "1"))


class Explorations:
    """The explorations of a session, each in a process of its own."""

    def __init__(self, names: list[str]) -> None:
        self.began = time.monotonic()
        self.took = 0.0
        self.results: dict[str, dict[str, Any]] = {}
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._exhaustive = {name: self._pool.submit(explore, name, "--deeper", str(DEEPER)) for name in names}
        seeds = ("--seeds", str(FIRST_SEED), str(SEEDS))
        self._random = {name: self._pool.submit(explore, name, *seeds) for name in names}

    def exhaustive(self, name: str) -> dict[str, Any]:
        """Returns what all schedules of a scenario show."""
        result = self.results[name] = self._exhaustive[name].result()
        self.took = time.monotonic() - self.began
        return result

    def random(self, name: str) -> dict[str, Any]:
        """Returns what random schedules of a scenario show."""
        return self._random[name].result()

    def total(self, what: str) -> Counter[str]:
        """Returns the sum of a count over all scenarios."""
        total: Counter[str] = Counter()
        for result in self.results.values():
            total.update(result[what])
        return total

    def close(self) -> None:
        """Starts no more explorations."""
        self._pool.shutdown(cancel_futures=True)


def explore(name: str, *arguments: str) -> dict[str, Any]:
    """Explores a scenario in a process of its own."""
    command = [sys.executable, "-m", "tests.simulation.simulated", name, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


_session: list[Explorations] = []


@pytest.fixture(scope="session")
def explorations(request: pytest.FixtureRequest) -> Iterator[Explorations]:
    """Returns the explorations of the scenarios whose tests run."""
    chosen: dict[str, Future[Any] | None] = {}
    for item in request.session.items:
        name = getattr(item, "callspec", None) and item.callspec.params.get("scenario")  # type: ignore[attr-defined] # of parametrized tests
        if name:
            chosen[name] = None
    explorations = Explorations([*chosen])
    _session.append(explorations)
    yield explorations
    explorations.close()


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Gives each simulated process signal handlers of its own."""
    with simulated_signals():
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Reports what was explored."""
    for explorations in _session:
        results = explorations.results
        schedules = sum(result["schedules"] for result in results.values())
        reached, losses = explorations.total("reached"), explorations.total("losses")
        calls = {pair.partition(" ")[0] for pair in reached}
        pairs = {pair for pair in all_pairs() if pair.partition(" ")[0] in calls}
        missing = sorted(pairs - {*reached})
        write = terminalreporter.write_line
        write(f"simulation: {schedules} schedules of {len(results)} scenarios in {explorations.took:.0f} s")
        write(f"  port calls and faults: {len(pairs) - len(missing)} of {len(pairs)} pairs reached")
        for pair in missing:
            write(f"    not reached: {pair}")
        write(f"  logins lost where they may be: {losses.total()}")
        for how, count in losses.most_common():
            write(f"    {count} {how}")
