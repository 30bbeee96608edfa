"""Reads what the user pastes into the terminal, without waiting and without showing it.

A terminal passes on at most 4,096 bytes of a line, and shows them. While the login waits, it is therefore read byte by
byte, without echo. Ctrl-C still works. `close` restores the terminal's settings.
"""

import codecs
import os
import sys
from typing import Any, TextIO

from ...ports.pasting import PasteSource
from ..system.terminal import is_terminal

CHUNK = 4096
"""The most bytes that are read at once."""


def paste_source(given: TextIO | PasteSource | None) -> PasteSource:
    """Returns the source of pastes: the given one, or one that reads a stream, by default the standard input."""
    return given if isinstance(given, PasteSource) else PastedInput(given or sys.stdin)


def can_paste(given: TextIO | PasteSource) -> bool:
    """Returns whether the user can paste besides the browser's redirect; a pipe may be meant for others."""
    return isinstance(given, PasteSource) or is_terminal(given)


class PastedInput:
    """Reads a stream that is a terminal or a pipe.

    Args:
        stream: the standard input; it may be closed or None. The embedder must not read it at the same time.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._descriptor = -1
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._before: list[Any] | None = None

    def open(self) -> bool:
        """Turns off the terminal's echo; returns False if the stream cannot be read."""
        try:
            self._descriptor = -1 if self._stream is None else self._stream.fileno()
        except Exception:  # noqa: BLE001 (closed, not a file, or any object of the host program)
            return False
        if self._descriptor < 0:
            return False
        return self._quieten() if os.isatty(self._descriptor) else sys.platform != "win32"

    def poll(self) -> str | None:
        """Returns the text since the last call, without waiting; None if the stream has ended or cannot be read.

        Raises:
            KeyboardInterrupt: the user pressed Ctrl-C, on Windows.
        """
        try:
            return self._read()
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Restores the terminal's settings. May be called again."""
        self._restore()

    if sys.platform == "win32":

        def _quieten(self) -> bool:
            return True

        def _restore(self) -> None:
            return

        def _read(self) -> str | None:
            import msvcrt

            text = ""
            while msvcrt.kbhit() and len(text) < CHUNK:
                text += msvcrt.getwch()
            if "\x03" in text:  # where characters are read one by one, Ctrl-C does not interrupt
                raise KeyboardInterrupt
            return text

    else:

        def _quieten(self) -> bool:
            import termios

            try:
                # In the background, changing the terminal would stop the process.
                if os.tcgetpgrp(self._descriptor) != os.getpgrp():
                    return False
                self._before = termios.tcgetattr(self._descriptor)
                quiet = termios.tcgetattr(self._descriptor)
                quiet[3] &= ~(termios.ICANON | termios.ECHO)
                quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
                termios.tcsetattr(self._descriptor, termios.TCSANOW, quiet)
            except (OSError, termios.error):
                self._before = None
                return False
            return True

        def _restore(self) -> None:
            import termios
            from contextlib import suppress

            before, self._before = self._before, None
            if before is not None:
                with suppress(OSError, termios.error):
                    termios.tcsetattr(self._descriptor, termios.TCSANOW, before)

        def _read(self) -> str | None:
            import select

            text = ""
            while select.select([self._descriptor], [], [], 0)[0]:
                data = os.read(self._descriptor, CHUNK)
                if not data:
                    return text or None
                text += self._decoder.decode(data)
                if len(text) >= CHUNK:
                    break
            return None if text == _END and self._before is not None else text


_END = "\x04"  # Ctrl-D, which the terminal does not interpret without ICANON
