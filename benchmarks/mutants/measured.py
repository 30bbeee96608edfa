"""Which tests can notice a change: those that run its line; where it runs at import, those that may read what it makes.

The tests run once under coverage. A test that starts a process or opens a socket has no part in what follows: it is
slow, and a mutant is nothing to it.
"""

import ast
import re
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import coverage
import pytest
from attrs import define, field

from .changes import PACKAGE, Mutant

PROCESS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.fork"})
SOCKET = frozenset({"socket.bind", "socket.connect"})


def words(text: str) -> set[str]:
    """Gives every name in a piece of code, attributes and keywords too."""
    return set(re.findall(r"[^\W\d]\w*", text))


def start() -> coverage.Coverage:
    """Begins to measure, which must be before the package is imported."""
    measure = coverage.Coverage(data_file=None, config_file=False, source_pkgs=[PACKAGE])
    measure.start()
    return measure


@define(eq=False)
class Measured:
    """The plugin that runs the tests, and what it learns about them.

    Attributes:
        modules: what is imported before the tests, so that each line that runs at import is known as one.
        items: the tests that take part.
        took: seconds for each.
        failed: the tests that failed since this was last cleared, and how.
    """

    modules: set[str]
    items: dict[str, pytest.Item] = field(factory=dict[str, pytest.Item])
    took: defaultdict[str, float] = field(factory=lambda: defaultdict[str, float](float))
    failed: dict[str, str] = field(factory=dict[str, str])
    _measure: coverage.Coverage = field(factory=start)
    _lines: dict[str, dict[int, list[str]]] = field(factory=dict[str, dict[int, list[str]]])
    _readers: list[tuple[set[str], set[str]]] = field(factory=list[tuple[set[str], set[str]]])
    _made_of: list[tuple[str, set[str]]] = field(factory=list[tuple[str, set[str]]])

    def pytest_sessionstart(self) -> None:
        for module in self.modules:
            import_module(module)
        self._measure.switch_context("collection")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.took[report.nodeid] += report.duration
        if report.failed:
            self.failed[report.nodeid] = report.longreprtext

    def run(self, session: pytest.Session) -> bool:
        """Runs every test once, and tells whether all that take part pass."""
        if session.testsfailed:  # a file could not be collected
            return False
        outside: set[str] = set()
        running = ""

        def audit(event: str, _: object) -> None:
            if running and event in PROCESS | SOCKET:
                outside.add(running)
            if running and event in PROCESS:
                pytest.skip("starts a process")

        sys.addaudithook(audit)
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            running = item.nodeid
            self._measure.switch_context(running)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        running = ""
        self._measure.stop()
        self.items = {item.nodeid: item for item in session.items if item.nodeid not in outside}
        self._read(self._measure.get_data())
        return outside.issuperset(self.failed)

    def _read(self, data: coverage.CoverageData) -> None:
        for path in data.measured_files():
            lines = self._lines[path] = data.contexts_by_lineno(path)
            for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    rows = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                    self._readers.append(
                        (words(ast.unparse(node)), {test for row in rows for test in lines.get(row, ())})
                    )
                elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value and node.col_offset == 0:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    plain = [part for target in targets for part in getattr(target, "elts", [target])]
                    self._made_of += [(ast.unparse(target), words(ast.unparse(node.value))) for target in plain]
        for file in {item.path for item in self.items.values()}:
            here = {test for test, item in self.items.items() if item.path == file}
            text = file.read_text(encoding="utf-8")
            beside = [each.read_text(encoding="utf-8") for each in file.parent.glob("*.json") if each.name in text]
            self._readers.append((words("\n".join([text, *beside])), here))

    def tests_of(self, mutant: Mutant) -> tuple[list[str], bool]:
        """Gives the tests that may notice, the quickest first, and whether the line runs at import."""
        found = {test for row in mutant.rows for test in self._lines[mutant.path].get(row, ())}
        at_import = "" in found
        if at_import:
            names = words(mutant.function)
            for made, made_of in self._made_of * 2:
                names |= {made} if made_of & names else set()
            found |= {test for mentioned, tests in self._readers if mentioned & names for test in tests}
        return sorted(found & self.items.keys(), key=self.took.__getitem__), at_import
