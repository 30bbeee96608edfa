"""What README and ARCHITECTURE say of the files is true."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ANSWERS = re.findall(r"^\| ([^|]+\?) \| `([^`]+)` \|$", README, re.MULTILINE)


def test_the_readme_answers_twenty_questions_each_by_one_file() -> None:
    assert len(ANSWERS) == 20
    assert len({file for _, file in ANSWERS}) == 20


@pytest.mark.parametrize(("question", "file"), ANSWERS)
def test_each_answer_is_a_file(question: str, file: str) -> None:
    assert (ROOT / file).is_file(), question


def test_the_architecture_is_short_and_names_rooms_and_files_that_exist() -> None:
    assert len(ARCHITECTURE.splitlines()) <= 120
    rooms = {path.parent.name for path in (ROOT / "src" / "adapters").glob("*/__init__.py")}
    assert all(re.search(rf"\b{room}\b", ARCHITECTURE) for room in rooms)
    files = set(re.findall(r"\b((?:src|domain|ports|adapters|tests|benchmarks)/[\w/]+\.py)", ARCHITECTURE))
    assert len(files) > 8
    assert not [file for file in files if not ((ROOT / file).is_file() or (ROOT / "src" / file).is_file())]
