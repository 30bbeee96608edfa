"""A pytest of its own for what runs at import: with one module changed, the package and the tests are imported anew."""

import signal
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

import pytest
from attrs import define

from .changes import PACKAGE, Mutant

ARGUMENTS = ("-q", "-p", "no:cacheprovider", "--capture=sys", "--assert=plain")  # plain: one loader loads everything


def limit(seconds: float) -> None:
    """Ends this process where a test takes much longer than it did before, be it busy or waiting.

    What it may wait is much more than what it may compute: on a machine that has other work, all waits are long.
    """
    signal.setitimer(signal.ITIMER_PROF, 5 + 10 * seconds)
    signal.setitimer(signal.ITIMER_REAL, 30 + 20 * seconds)


@define(eq=False)
class Chosen:
    """The plugin that keeps the tests that were chosen, in their order, and lets none of them run for ever."""

    tests: list[str]
    took: dict[str, float]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {test.partition("[")[0]: at for at, test in enumerate(self.tests)}  # a constant may be part of the rest
        names = {item: item.nodeid.partition("[")[0] for item in items}
        items[:] = sorted((item for item in items if names[item] in place), key=lambda item: place[names[item]])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        limit(self.took.get(nodeid, 1.0))


def run(mutant: Mutant, tests: list[str], took: dict[str, float]) -> int:
    """Runs tests until one fails and returns 1 if one did; nothing but the process's end undoes the change."""
    limit(10)
    ours = (PACKAGE, str(Path("tests").resolve()))
    for name, module in [*sys.modules.items()]:
        if name.startswith(ours) or str(getattr(module, "__file__", "")).startswith(ours):
            del sys.modules[name]
    ordinary = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        changed = fullname == mutant.module
        return compile(mutant.source, loader.path, "exec") if changed else ordinary(loader, fullname)

    setattr(SourceFileLoader, "get_code", get_code)  # noqa: B010
    files = sorted({test.partition("::")[0] for test in tests})
    ended = pytest.main([*ARGUMENTS, "-x", *files], plugins=[Chosen(tests, took)])
    return int(ended != pytest.ExitCode.OK)
