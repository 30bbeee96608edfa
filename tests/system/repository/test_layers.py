import ast
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
NO_USE_CASE = "The protocol knows no use case"
NO_ACTION = "The protocol and the plan see no port that acts"
ACTING = (
    "browser",
    "callback",
    "clock",
    "entropy",
    "lock",
    "metadata",
    "profiles",
    "secrets",
    "signing",
    "single_flight",
)


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
    for contract in (ONE_WAY, ALONE, TEST_KIT, NO_TEST_KIT, ROOT_ONLY, NO_USE_CASE, NO_ACTION):
        assert f"{contract} KEPT" in report


def plant(tree: Path, layer: str, imported: str) -> str:
    """Add an import to a layer of the copy, in a module of its own, and give the chain that a report would show."""
    package = tree.joinpath("promptvm_oauth", *layer.split("."))
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
        ("domain", "adapters.stores.memory", ROOT_ONLY),
        ("domain.use_cases", "adapters.stores.memory", ROOT_ONLY),
        ("domain.oauth", "domain.use_cases.refresh", NO_USE_CASE),
        *(("domain.oauth", f"ports.{port}", NO_ACTION) for port in ACTING),
        *(("domain.plan", f"ports.{port}", NO_ACTION) for port in ACTING),
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
        ("domain.use_cases", "domain.oauth.pkce"),
        ("domain.use_cases", "ports.clock"),
        ("domain.oauth", "ports.http"),
        ("domain.plan", "ports.environment"),
    ],
)
def test_an_import_that_the_layers_allow_breaks_nothing(tree: Path, layer: str, imported: str) -> None:
    chain = plant(tree, layer, imported)
    _, report = lint(tree)
    assert "Contracts: " in report
    assert chain not in report


def test_the_protocol_and_the_plan_await_nothing_and_send_nothing() -> None:
    domain = ROOT / "src" / "domain"
    for path in (*(domain / "oauth").glob("*.py"), *domain.glob("plan*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), path
            assert not (isinstance(node, ast.alias) and node.name == "Http"), path
