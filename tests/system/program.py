"""Programs of a test: one that does not outlive it, so that a failed test need not wait for it, and Python scripts."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any

LONG = 100.0
"""Seconds after which a program hangs."""


def executable(path: Path, text: str) -> Path:
    """Writes a script in Python that can be started by its path, and returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(0o755)
    return path


class Program(subprocess.Popen[str]):
    """A program with text streams and no input, killed as soon as its block fails, and after `LONG` seconds."""

    def __init__(self, command: list[str], environ: Mapping[str, str]) -> None:
        pipe = subprocess.PIPE
        super().__init__(command, env=environ, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
        self._limit = Timer(LONG, self.kill)
        self._limit.daemon = True
        self._limit.start()

    def ended(self, read: str = "") -> subprocess.CompletedProcess[str]:
        """Waits for its end; `read` is what the test has read of its standard error before."""
        out, err = self.communicate()
        return subprocess.CompletedProcess(self.args, self.returncode, out, read + err)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> Any:
        if kind is not None:
            self.kill()
        self._limit.cancel()
        return super().__exit__(kind, value, traceback)
