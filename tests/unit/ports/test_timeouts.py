"""The named durations: all in one module, each with a word about it, and nothing to load for them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import promptvm_oauth
from promptvm_oauth.ports import timeouts

SOURCE = Path(promptvm_oauth.__file__).parent
ROOMS = ("adapters", "ports")


def constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr, str]]:
    """The constants of a module, each with its value and the docstring below it."""
    for statement, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            yield statement.targets[0].id, statement.value, str(following.value.value) if is_text else ""  # type: ignore[union-attr] # checked above


def test_each_is_a_positive_number_of_seconds_with_a_docstring() -> None:
    found = list(constants(ast.parse(Path(timeouts.__file__).read_text())))
    assert found
    for name, _, text in found:
        assert getattr(timeouts, name) > 0.0
        assert isinstance(getattr(timeouts, name), float)
        assert text.endswith(".")


def test_the_module_imports_nothing() -> None:
    tree = ast.parse(Path(timeouts.__file__).read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def test_no_other_module_names_a_duration() -> None:
    elsewhere: list[str] = []
    for path in sorted(path for room in ROOMS for path in (SOURCE / room).rglob("*.py")):
        if path.name == "timeouts.py":
            continue
        for name, value, text in constants(ast.parse(path.read_text())):
            is_fraction = isinstance(value, ast.Constant) and isinstance(value.value, float)
            if is_fraction or re.match(r"(The )?[Ss]econds", text):
                elsewhere.append(f"{path.relative_to(SOURCE)}: {name}")
    assert elsewhere == []
