"""A command in a real pseudo-terminal, whose window pyte shows as a person would see it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import pyte

LONG = 30.0
"""Seconds after which a command hangs."""

AT_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Makes the standard input the terminal whose Ctrl-C is heard. A fork here would warn, for servers have threads."""


class PseudoTerminal:
    """A command in a window of its own; it is killed when the block ends."""

    def __init__(self, command: list[str], environ: Mapping[str, str], columns: int = 80, lines: int = 24) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        self._terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-c", AT_A_TERMINAL, *command],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=dict(environ),
            start_new_session=True,
        )
        self._inner = inner

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)
        os.close(self._inner)

    @property
    def shown(self) -> str:
        """What stands in the window."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._inner)[3] & termios.ECHO)

    def type(self, text: str) -> None:
        """Types, as a person would."""
        os.write(self._terminal, text.encode())

    def until(self, pattern: str) -> re.Match[str]:
        """Reads until the window shows a pattern, and returns it."""
        limit = time.monotonic() + LONG
        while (found := re.search(pattern, self.shown, re.MULTILINE)) is None:
            assert time.monotonic() < limit, f"{pattern!r} is not in:\n{self.shown}"
            assert self._read() or self._process.poll() is None, f"it ended without {pattern!r}:\n{self.shown}"
        return found

    def end(self) -> int:
        """Reads to the end of the command, and returns its exit code."""
        limit = time.monotonic() + LONG
        while self._read() or self._process.poll() is None:
            assert time.monotonic() < limit, self.shown
        return self._process.returncode

    def _read(self) -> bool:
        """Reads what the command has written by now; returns whether there was something."""
        if not select.select([self._terminal], [], [], 0.1)[0]:
            return False
        chunk = os.read(self._terminal, 65536)
        self.written += chunk
        self._stream.feed(chunk)
        return True
