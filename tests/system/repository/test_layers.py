import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
ONE_WAY = "Data flows one way: cli, client, composition, domain or adapters, ports"
ALONE = "The development server stands alone"
TEST_KIT = "Testing sees domain, ports, devserver and the memory adapters"
NO_TEST_KIT = "Nothing of the library sees the development server or the test kit"
ROOT_ONLY = "Only the composition root names adapters"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "promptvm_oauth", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> tuple[int, str]:
    """Check the contracts of a copy of the package; the copy comes before any that is installed."""
    command = [sys.executable, "-c", LINT, "--no-cache", "--no-logo"]
    environ = os.environ | {"PYTHONPATH": str(tree), "COLUMNS": "400"}
    done = subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_the_package_keeps_its_layers(tree: Path) -> None:
    status, report = lint(tree)
    assert status == 0, report
    for contract in (ONE_WAY, ALONE, TEST_KIT, NO_TEST_KIT, ROOT_ONLY):
        assert f"{contract} KEPT" in report


def plant(tree: Path, layer: str, imported: str) -> str:
    """Add an import to a layer of the copy, in a module of its own, and give the chain that a report would show."""
    package = tree / "promptvm_oauth" / layer
    if package.is_dir():
        module, name = package / "planted.py", f"{layer}.planted"
    else:
        module, name = package.with_suffix(".py"), layer
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\nimport promptvm_oauth.{imported}\n")
    return f"promptvm_oauth.{name} -> promptvm_oauth.{imported} "


@pytest.mark.parametrize(
    ("layer", "imported", "contract"),
    [
        ("domain", "adapters.system.entropy", ONE_WAY),
        ("adapters", "domain.oauth.pkce", ONE_WAY),
        ("ports", "domain.oauth.pkce", ONE_WAY),
        ("ports", "adapters.system.clock", ONE_WAY),
        ("domain", "composition", ONE_WAY),
        ("composition", "client", ONE_WAY),
        ("client", "cli", ONE_WAY),
        ("devserver", "domain.oauth.pkce", ALONE),
        ("devserver", "ports.errors", ALONE),
        ("devserver", "testing.clock", ALONE),
        ("testing", "adapters.stores.encrypted_file", TEST_KIT),
        ("testing", "client", TEST_KIT),
        ("testing", "cli", TEST_KIT),
        ("domain", "testing.clock", NO_TEST_KIT),
        ("adapters", "devserver", NO_TEST_KIT),
        ("client", "devserver", NO_TEST_KIT),
        ("client", "adapters.stores.memory", ROOT_ONLY),
        ("cli", "adapters.stores.memory", ROOT_ONLY),
    ],
)
def test_an_import_across_the_layers_breaks_the_contract_that_forbids_it(
    tree: Path, layer: str, imported: str, contract: str
) -> None:
    chain = plant(tree, layer, imported)
    status, report = lint(tree)
    assert status != 0
    assert f"{contract} BROKEN" in report
    assert chain in report


@pytest.mark.parametrize(
    ("layer", "imported"),
    [
        ("testing", "adapters.stores.memory"),
        ("testing", "devserver"),
        ("cli", "devserver"),
        ("cli", "testing.clock"),
        ("composition", "adapters.stores.memory"),
    ],
)
def test_an_import_that_the_layers_allow_breaks_nothing(tree: Path, layer: str, imported: str) -> None:
    chain = plant(tree, layer, imported)
    _, report = lint(tree)
    assert "Contracts: " in report
    assert chain not in report
