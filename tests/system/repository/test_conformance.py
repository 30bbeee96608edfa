"""What the list of conformance names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| section", "| ---"))
]


def test_every_row_names_a_module_and_a_test_that_exist() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    tests += "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "testing").glob("*.py"))
    there = set(re.findall(r"^ *def (test_\w+)", tests, re.MULTILINE))
    assert len(ROWS) > 50
    for section, _, modules, named in ROWS:
        names = re.findall(r"`(test_\w+)`", named)
        assert names, section
        assert set(names) <= there, section
        files = re.findall(r"`([\w/]+\.py)`", modules)
        assert files, section
        assert all((ROOT / "src" / file).is_file() for file in files), section
