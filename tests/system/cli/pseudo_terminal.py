"""A command in a real pseudo-terminal, whose window pyte shows as a person would see it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import pyte

LONG = 30.0
"""Seconds after which a command hangs."""


class PseudoTerminal:
    """A command in a window of its own; it is killed when the block ends."""

    def __init__(self, command: list[str], environ: Mapping[str, str], columns: int = 80, lines: int = 24) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        self._ended = False
        ready, go = os.pipe()
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.read(ready, 1)  # the window has its size by then
            os.execvpe(command[0], command, dict(environ))  # noqa: S606 (the command under test)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.write(go, b".")
        os.close(ready)
        os.close(go)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._ended:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
        os.close(self._terminal)

    @property
    def shown(self) -> str:
        """What stands in the window."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def type(self, text: str) -> None:
        """Types, as a person would."""
        os.write(self._terminal, text.encode())

    def until(self, pattern: str) -> re.Match[str]:
        """Reads until the window shows a pattern, and returns it."""
        limit = time.monotonic() + LONG
        while (found := re.search(pattern, self.shown, re.MULTILINE)) is None:
            assert time.monotonic() < limit, f"{pattern!r} is not in:\n{self.shown}"
            assert self._read(), f"the command ended without {pattern!r}:\n{self.shown}"
        return found

    def end(self) -> int:
        """Reads to the end of the command, and returns its exit code."""
        limit = time.monotonic() + LONG
        while self._read():
            assert time.monotonic() < limit, self.shown
        self._ended = True
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    def _read(self) -> bool:
        """Reads what the command has written by now; returns False at its end."""
        if not select.select([self._terminal], [], [], 0.1)[0]:
            return True
        try:
            chunk = os.read(self._terminal, 65536)
        except OSError:  # Linux says so where others return nothing
            return False
        self.written += chunk
        self._stream.feed(chunk)
        return bool(chunk)
