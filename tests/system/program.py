"""A program of a test that does not outlive it: a failed test must not wait until the program ends by itself."""

import subprocess
from collections.abc import Mapping
from threading import Timer
from types import TracebackType
from typing import Any

LONG = 100.0
"""Seconds after which a program hangs."""


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
