"""Asks the type checker about a change that no test notices: what it refuses cannot be committed."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from .changes import MUTATED, PACKAGE, Mutant


@frozen
class Types:
    """A copy of the package, and mypy's daemon, which checks a changed file in a fraction of a second."""

    root: Path

    def refuse(self, mutant: Mutant) -> bool:
        """Tells whether the domain with one change has an error of types."""
        errors = self.errors(mutant)
        if errors != 0 and self.check() != 0:  # some changes end the daemon, or leave an error in its memory
            self.start()
            errors = self.errors(mutant)
            if self.check() != 0:
                self.start()
        return bool(errors)

    def errors(self, mutant: Mutant) -> int | None:
        """Returns how many errors of types the domain has with one change; None if the daemon did not tell."""
        changed = self.root.joinpath(*mutant.module.split("."))
        path = changed / "__init__.py" if changed.is_dir() else changed.with_suffix(".py")
        before = path.read_text(encoding="utf-8")
        path.write_text(mutant.source, encoding="utf-8")
        try:
            return self.check()
        finally:
            path.write_text(before, encoding="utf-8")

    def start(self) -> None:
        """Starts the daemon for the package as it is, which must have no error."""
        version = f"--python-version={sys.version_info.major}.{sys.version_info.minor}"
        self.ask("restart", "--", "--strict", version)
        if self.check() != 0:
            raise SystemExit("the type checker refuses the domain as it is")

    def check(self) -> int | None:
        """Returns how many errors of types the domain has; None if the daemon did not tell."""
        done = self.ask("check", f"{PACKAGE}/{MUTATED}")
        errors = done.stdout.count(": error: ")
        return errors if done.returncode == bool(errors) else None

    def ask(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs one command of the daemon."""
        daemon = [sys.executable, "-m", "mypy.dmypy", "--status-file", str(self.root / "status")]
        return subprocess.run([*daemon, *arguments], cwd=self.root, check=False, capture_output=True, text=True)


@contextmanager
def type_checker() -> Generator[Types]:
    """Starts the checker for the package as it is, which must have no error."""
    with tempfile.TemporaryDirectory() as place:
        types = Types(Path(place))
        shutil.copytree("src", types.root / PACKAGE)
        try:
            types.start()
            yield types
        finally:
            types.ask("stop")
