"""What the package may cost a reader: sizes of rooms, modules, functions and signatures, and the trips of its calls."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[3]
SRC = ROOT / "src"

COMPOSITION_LINES = 700
COMPOSITION_FILES = 7
ROOM_FILES = 10
MODULE_LINES = 300
FUNCTION_LINES = 40
PARAMETERS = 6

LONG = {
    "client/base.py BaseClient.__init__": "one line for each option, twice",
}
"""Functions that may have more than `FUNCTION_LINES` lines beside their docstring, and why."""

MANY_PARAMETERS = {
    "client/async_logins.py AsyncLogins.begin_login",
    "client/async_logins.py AsyncLogins.login",
    "client/base.py BaseClient.__init__",
    "client/blocking_logins.py BlockingLogins.begin_login",
    "client/blocking_logins.py BlockingLogins.login",
    "domain/oauth/server.py AuthorizationServer.standard",
}
"""Public constructors and client methods: what they take are options, given by keyword."""

COMMANDS = {"arguments", "run"}
"""The functions that each command module of `cli` has."""

FRONT_DOORS = {".", "cli", "client", "devserver", "ports", "testing"}
"""Packages whose `__init__` names what outsiders import; `cli` is where the installed command starts."""


class Function(NamedTuple):
    """A function, with its class and its file before its name."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def lines(self) -> int:
        """Lines from `def` to the end, without those of the docstring."""
        first = self.node.body[0]
        docstring = 0 if ast.get_docstring(self.node) is None else (first.end_lineno or 0) - first.lineno + 1
        return (self.node.end_lineno or 0) - self.node.lineno + 1 - docstring

    @property
    def parameters(self) -> int:
        """What a caller passes."""
        taken = self.node.args
        rest = [argument for argument in (taken.vararg, taken.kwarg) if argument is not None]
        every = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, *rest]
        return sum(argument.arg not in {"self", "cls"} for argument in every)


def functions() -> Iterator[Function]:
    """Returns every function of the package, nested ones and methods as well."""

    def within(node: ast.AST, before: str) -> Iterator[Function]:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    yield Function(before + name, child)
                    yield from within(child, f"{before}{name}.")
                case ast.ClassDef(name=name):
                    yield from within(child, f"{before}{name}.")
                case _:
                    yield from within(child, before)

    for path in sorted(SRC.rglob("*.py")):
        yield from within(ast.parse(path.read_text(encoding="utf-8")), f"{path.relative_to(SRC).as_posix()} ")


def files(room: Path) -> list[str]:
    return sorted(path.name for path in room.glob("*.py") if path.name != "__init__.py")


def listed(offenders: Mapping[Any, object]) -> str:
    """Returns one line for each offender, so that a failure shows all of them."""
    return "\n".join(f"{name}: {found}" for name, found in offenders.items())


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_composition_only_wires() -> None:
    room = SRC / "composition"

    assert sum(map(lines, room.rglob("*.py"))) <= COMPOSITION_LINES
    assert len(files(room)) <= COMPOSITION_FILES, files(room)


def test_a_room_is_seen_at_one_glance() -> None:
    rooms = [SRC / "composition", SRC / "domain", *(path for path in (SRC / "adapters").rglob("*") if path.is_dir())]

    crowded = {room.relative_to(SRC): files(room) for room in rooms if len(files(room)) > ROOM_FILES}
    assert not crowded, listed(crowded)


def test_no_module_is_long() -> None:
    long = {path.relative_to(SRC): lines(path) for path in SRC.rglob("*.py") if lines(path) > MODULE_LINES}

    assert not long, listed(long)


def test_no_function_is_long_but_those_that_say_why() -> None:
    long = {function.name: function.lines for function in functions() if function.lines > FUNCTION_LINES}

    unnamed = {name: size for name, size in long.items() if name not in LONG}
    assert not unnamed, listed(unnamed)
    assert LONG.keys() <= long.keys(), "what is long no more needs no reason"


def test_no_function_takes_many_parameters_but_those_that_users_call_with_options() -> None:
    many = {function.name: function.parameters for function in functions() if function.parameters > PARAMETERS}

    unnamed = {name: count for name, count in many.items() if name not in MANY_PARAMETERS}
    assert not unnamed, listed(unnamed)
    assert many.keys() >= MANY_PARAMETERS, "what takes few parameters needs no permission"


def test_no_two_public_functions_have_the_same_name() -> None:
    homes = defaultdict[str, list[str]](list)
    for function in functions():
        file, name = function.name.split(" ")
        if not name.startswith("_") and "." not in name and not (file.startswith("cli/") and name in COMMANDS):
            homes[name].append(file)

    doubles = {name: where for name, where in homes.items() if len(where) > 1}
    assert not doubles, listed(doubles)


def test_the_init_of_a_room_holds_nothing_but_its_docstring() -> None:
    inits = [path for path in SRC.rglob("__init__.py") if str(path.parent.relative_to(SRC)) not in FRONT_DOORS]

    assert inits
    for path in inits:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        assert len(tree.body) == 1, path


def test_calls_travel_no_further_than_they_must() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "trips.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
