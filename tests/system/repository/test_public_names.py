import ast
import inspect
import subprocess
import sys
from types import ModuleType
from typing import Any

import promptvm_oauth
import pytest
from promptvm_oauth import ports

DOORS = pytest.mark.parametrize("door", [promptvm_oauth, ports], ids=["promptvm_oauth", "promptvm_oauth.ports"])


def table(door: ModuleType) -> dict[str, str]:
    """Each public name with the module that holds it; a door groups its names by module, or has one row a name."""
    written: Any = vars(door)
    if "_NAMES" not in written:
        return dict(written["_HOME"])
    rows = [(name, module) for module, names in written["_NAMES"].items() for name in names.split()]
    assert len(dict(rows)) == len(rows), "a name is written twice"
    return dict(rows)


def imported_for_type_checkers(door: ModuleType) -> dict[str, str]:
    """Each name that type checkers see, with the module it comes from."""
    (block,) = [
        node
        for node in ast.parse(inspect.getsource(door)).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert len(imports) == len(block.body)
    return {name.asname or name.name: node.module or "" for node in imports for name in node.names}


@DOORS
def test_the_list_the_table_and_what_type_checkers_see_agree(door: ModuleType) -> None:
    assert table(door) == imported_for_type_checkers(door)
    assert sorted(door.__all__) == sorted(table(door))


def test_the_front_door_groups_its_names_in_order() -> None:
    names: Any = vars(promptvm_oauth)["_NAMES"]
    assert list(names) == sorted(names)
    for module, text in names.items():
        assert text.split() == sorted(text.split()), module


@DOORS
def test_every_name_resolves_to_what_its_home_holds(door: ModuleType) -> None:
    for name, home in table(door).items():
        module = __import__(f"{door.__name__}.{home}", fromlist=[name])
        assert getattr(door, name) is getattr(module, name), name


@DOORS
def test_every_public_class_and_function_is_documented(door: ModuleType) -> None:
    things = [getattr(door, name) for name in door.__all__]
    undocumented = [thing for thing in things if isinstance(thing, type) or inspect.isroutine(thing)]
    assert [thing for thing in undocumented if not inspect.getdoc(thing)] == []


@DOORS
def test_dir_lists_every_public_name(door: ModuleType) -> None:
    assert set(door.__all__) <= set(dir(door))


@DOORS
def test_an_unknown_name_is_an_attribute_error_that_names_it(door: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = door.no_such_name
    with pytest.raises(ImportError, match="no_such_name"):
        exec(f"from {door.__name__} import no_such_name")  # noqa: S102 (the statement itself is what is tested)


@DOORS
def test_a_star_import_brings_every_public_name(door: ModuleType) -> None:
    names: dict[str, object] = {}
    exec(f"from {door.__name__} import *", names)  # noqa: S102 (a star import stands at the top of a module only)
    assert set(door.__all__) <= set(names)


def test_importing_the_package_loads_none_of_its_parts() -> None:
    program = "import sys, promptvm_oauth; print([name for name in sys.modules if name.startswith('promptvm_oauth.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"
