"""The wheel and the sdist hold the same package, typed, under the name that is imported."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Returns a wheel made from the tree, and one made from the sdist."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    shutil.copytree(ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for arguments in (["--wheel", "--outdir", "direct"], ["--outdir", "by-sdist"]):
        command = [sys.executable, "-m", "build", "--no-isolation", *arguments]
        run = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=300)
        assert run.returncode == 0, run.stdout + run.stderr
    (direct,) = (tree / "direct").glob("*.whl")
    (by_sdist,) = (tree / "by-sdist").glob("*.whl")
    return direct, by_sdist


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_sdist_builds_the_same_wheel(built: tuple[Path, Path]) -> None:
    direct, by_sdist = built

    assert contents(direct) == contents(by_sdist)


def test_the_wheel_holds_every_module_and_the_mark_that_it_is_typed(built: tuple[Path, Path]) -> None:
    inside = set(contents(built[0]))
    modules = {f"promptvm_oauth/{path.relative_to(ROOT / 'src').as_posix()}" for path in (ROOT / "src").rglob("*.py")}

    assert modules <= inside
    assert "promptvm_oauth/py.typed" in inside


def test_the_wheel_installs_nothing_beside_the_package_but_its_manual_page(built: tuple[Path, Path]) -> None:
    inside = contents(built[0])
    beside = [name for name in inside if not name.startswith("promptvm_oauth/") and ".dist-info/" not in name]

    assert [name.partition(".data/")[2] for name in beside] == ["data/share/man/man1/promptvm-auth.1"]
    assert inside[beside[0]] == (ROOT / "src" / "cli" / "promptvm-auth.1").read_bytes()
