"""The words of docstrings: plain, third-person, and the same from room to room."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

SRC = Path(__file__).parents[3] / "src"

ROOMS = ("adapters", "ports", "testing")
"""Rooms that are written so, as paths below `src`; add a room once it is."""

OTHER_ROOMS = ("adapters/callback",)
"""Rooms inside those above that are not."""

IMPERATIVES = ("Do", "Give", "Keep", "Let", "Make", "Put", "Say", "See", "Take", "Tell")
"""A function 'Returns', 'Raises' or 'Saves'; with these words it would command, or refer to another place."""

FORBIDDEN = ("anybody", "colour", "lifted", "nobody", "of before", "somebody", "whoever")
"""Words that stand for a user, a caller, an embedder or a server, or for a term of the field."""


class Docstring(NamedTuple):
    """A docstring and where it stands."""

    place: str
    text: str
    of_function: bool


@cache
def docstrings() -> tuple[Docstring, ...]:
    """Returns the docstrings of modules, classes and functions in `ROOMS`, and the texts below attributes."""
    return tuple(
        docstring
        for path in sorted({path for room in ROOMS for path in (SRC / room).rglob("*.py")})
        if not path.relative_to(SRC).as_posix().startswith(tuple(f"{room}/" for room in OTHER_ROOMS))
        for docstring in docstrings_of(path)
    )


def docstrings_of(path: Path) -> Iterator[Docstring]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for statement in node.body:
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text)), lineno=line):
                    place = f"{path.relative_to(SRC).as_posix()}:{line}"
                    yield Docstring(place, text, not isinstance(node, ast.Module | ast.ClassDef))
                case _:
                    pass


def found(pattern: str, *, functions: bool = False) -> list[str]:
    """Returns each place where a pattern matches, with the first line of its docstring.

    Args:
        pattern: a regular expression.
        functions: whether to look at functions alone.
    """
    matching = re.compile(pattern, re.IGNORECASE)
    texts = [docstring for docstring in docstrings() if docstring.of_function or not functions]
    return [f"{each.place}: {each.text.strip().splitlines()[0]}" for each in texts if matching.search(each.text)]


@pytest.mark.parametrize("verb", IMPERATIVES)
def test_a_function_says_what_it_does_in_the_third_person(verb: str) -> None:
    assert not found(rf"\A\s*{verb}\b", functions=True)


def test_no_docstring_only_refers_to_another() -> None:
    assert not found(r"\A\s*see\b[^.]*(\.[^\s.]+)*\.?\s*\Z")


@pytest.mark.parametrize("word", FORBIDDEN)
def test_the_words_are_those_of_the_field(word: str) -> None:
    assert not found(rf"\b{word}")


def test_every_room_is_there() -> None:
    assert all((SRC / room / "__init__.py").is_file() for room in (*ROOMS, *OTHER_ROOMS))
    assert docstrings()
