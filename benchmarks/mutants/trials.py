"""Runs the tests that can notice a mutant against it, as many mutants at a time as there are cores.

Each has a fork of the process in which everything is imported and every test collected. A change inside of a function
is put into the function as it stands in memory, and the tests follow, the quickest first, until one fails. What runs at
import (a constant, a field, a default) is changed before the package and the tests are imported anew.
"""

import gc
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, Phase, settings

from . import anew
from .changes import Mutant
from .measured import Measured

TESTS = ("tests/unit", "tests/contract")
MEMORY = 4 << 30  # bytes: a change can make a loop that collects for ever


class Outcome(Enum):
    """What became of a mutant; BROKEN is a mistake of this program, not of a test.

    What no test noticed is REFUSED if the type checker notices it.
    """

    SURVIVED = "survived"
    KILLED = "killed"
    TIMED_OUT = "timed out"
    NOT_RUN = "run by no test"
    REFUSED = "refused by the type checker"
    BROKEN = "not put in place"


EXITS = {
    0: Outcome.SURVIVED,
    3: Outcome.BROKEN,
    -signal.SIGALRM: Outcome.TIMED_OUT,
    -signal.SIGPROF: Outcome.TIMED_OUT,
}


def functions(code: CodeType) -> Iterator[CodeType]:
    """Gives the code of the functions of a module and of its classes, but not of those inside of a function."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from [inner] if inner.co_flags & 1 else functions(inner)  # CO_OPTIMIZED, which a class body is not


@define(eq=False)
class Trials:
    """The plugin that stands in for pytest's own loop over the tests."""

    mutants: list[Mutant]
    measured: Measured
    outcomes: dict[Mutant, Outcome] = field(factory=dict[Mutant, Outcome])
    _live: defaultdict[tuple[str, CodeType], list[FunctionType]] = field(factory=lambda: defaultdict(list))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.measured.run(session):
            gc.unfreeze()  # what is frozen is not found
            for function in gc.get_objects():
                if isinstance(function, FunctionType):
                    self._live[str(function.__module__), function.__code__].append(function)
            gc.freeze()
            self._attack()
        return True

    def _attack(self) -> None:
        """Runs the mutants, after two that change nothing and so must survive every test."""
        nothing = evolve(self.mutants[0], diff="", source=Path(self.mutants[0].path).read_text(encoding="utf-8"))
        running = {
            self._start(nothing, [*self.measured.items], at_import=at_import): nothing for at_import in (True, False)
        }
        for mutant in self.mutants:
            tests, at_import = self.measured.tests_of(mutant)
            while tests and len(running) >= (os.cpu_count() or 1):
                self._wait(running)
            if tests:
                running[self._start(mutant, tests, at_import=at_import)] = mutant
            else:
                self.outcomes[mutant] = Outcome.NOT_RUN
        while running:
            self._wait(running)

    def _wait(self, running: dict[int, Mutant]) -> None:
        pid, status = os.wait()
        mutant, outcome = running.pop(pid), EXITS.get(os.waitstatus_to_exitcode(status), Outcome.KILLED)
        if mutant.diff:
            self.outcomes[mutant] = outcome
            if outcome is not Outcome.KILLED:  # at once, since all of them take hours
                print(
                    f"{mutant.module}:{mutant.line}: {mutant.function}: {outcome.value}",
                    mutant.diff,
                    sep="\n",
                    flush=True,
                )
        elif outcome is not Outcome.SURVIVED:
            self.outcomes.clear()
            pytest.exit(f"the tests do not pass a second time, with nothing changed: {outcome.value}")
        if not (len(self.outcomes) + 1) % 250:
            print(f"{len(self.outcomes)} of {len(self.mutants)} mutants", flush=True)

    def _start(self, mutant: Mutant, tests: list[str], *, at_import: bool) -> int:
        """Forks; the fork ends with what became of the mutant."""
        sys.stdout.flush()
        if pid := os.fork():
            return pid
        code = 1 if at_import else 3  # a package that cannot be imported is noticed
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            if mutant.diff:  # where nothing is changed, a test that fails is to be read
                nowhere = os.open(os.devnull, os.O_RDWR)
                for standard in range(3):
                    os.dup2(nowhere, standard)
            code = anew.run(mutant, tests, self.measured.took) if at_import else self._in_place(mutant, tests)
        finally:
            os._exit(code)

    def _in_place(self, mutant: Mutant, tests: list[str]) -> int:
        file = str(sys.modules[mutant.module].__file__)  # by which a traceback is known as the domain's
        before, after = (compile(text, file, "exec") for text in (Path(mutant.path).read_text("utf-8"), mutant.source))
        pairs = [pair for pair in zip(functions(before), functions(after), strict=True) if pair[0] != pair[1]]
        if any(old.co_freevars != new.co_freevars for old, new in pairs):  # without `super()`, for instance
            return anew.run(mutant, tests, self.measured.took)
        changed = [(function, new) for old, new in pairs for function in self._live[mutant.module, old]]
        if mutant.diff and not changed:
            return 3
        for function, new in changed:
            function.__code__ = new
        self.measured.failed.clear()
        for item in map(self.measured.items.__getitem__, tests):
            anew.limit(self.measured.took[item.nodeid])
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            except BaseException:  # noqa: BLE001 (an interrupt that a test made and did not catch)
                return 1
            if self.measured.failed:
                print("", *self.measured.failed.items(), sep="\n", flush=True)
                return 1
        return 0


def outcomes(mutants: list[Mutant]) -> dict[Mutant, Outcome]:
    """Runs the tests, and then those that can notice against each mutant."""
    settings.register_profile(
        "mutants",
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    settings.load_profile("mutants")
    trials = Trials(mutants, Measured({mutant.module for mutant in mutants}))
    pytest.main([*anew.ARGUMENTS, *TESTS], plugins=[trials.measured, trials])
    if len(trials.outcomes) < len(mutants):
        raise SystemExit("the run was broken off")
    return trials.outcomes
