"""What the lists of conformance and of hostile inputs name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LISTS = {"conformance.md": 50, "hostile-inputs.md": 90}
"""Each list, and more rows than it could lose by an accident."""


def rows_of(name: str) -> list[list[str]]:
    lines = (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in cells if row[0] not in {"section", "row", "---"}]


def names_of_tests() -> set[str]:
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "src" / "testing").glob("*.py")]
    texts = (path.read_text(encoding="utf-8") for path in files)
    return {name for text in texts for name in re.findall(r"^ *def (test_\w+)", text, re.MULTILINE)}


@pytest.mark.parametrize("name", LISTS)
def test_every_row_names_a_module_and_a_test_that_exist(name: str) -> None:
    there = names_of_tests()
    rows = rows_of(name)
    assert len(rows) > LISTS[name]
    for number, *_, modules, named in rows:
        tests = re.findall(r"`(test_\w+)`", named)
        assert tests, number
        assert set(tests) <= there, number
        files = re.findall(r"`([\w/]+\.py)`", modules)
        assert files, number
        assert all((ROOT / "src" / file).is_file() for file in files), number


def test_tests_that_are_named_in_the_text_of_a_list_exist() -> None:
    there = names_of_tests()
    for name in LISTS:
        named = re.findall(r"`(test_\w+)`", (ROOT / "docs" / name).read_text(encoding="utf-8"))
        assert set(named) <= there, name


def test_every_hostile_input_is_shown_by_a_test_or_said_to_be_not_done() -> None:
    shown = [int(row[0]) for row in rows_of("hostile-inputs.md")]
    text = (ROOT / "docs" / "hostile-inputs.md").read_text(encoding="utf-8").partition("## Not done")[2]
    open_ones = [int(number) for number in re.findall(r"^- (\d+): ", text, re.MULTILINE)]
    assert sorted(shown + open_ones) == list(range(1, 109))


def test_no_test_is_named_after_a_row() -> None:
    assert [name for name in names_of_tests() if re.match(r"test_(rows?_)?\d", name)] == []
