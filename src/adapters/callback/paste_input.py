"""What a person pastes into the terminal, read without waiting and without showing it.

A terminal hands on at most 4,096 bytes of a line, and shows them: so it is read byte by byte, without echo, for as long
as the login waits. Ctrl-C works on. What was set is set back when it is closed.
"""

import codecs
import os
import sys
from typing import Any, Protocol, TextIO

CHUNK = 4096
"""Bytes that are read at a time."""


class PasteSource(Protocol):
    """Somewhere to paste into."""

    def open(self) -> bool:
        """Begin to read; False if nothing can be read here, ever."""
        ...

    def poll(self) -> str | None:
        """Give what has come in since the last call without waiting, empty if nothing has; None when it has ended."""
        ...

    def close(self) -> None:
        """Leave everything as it was found. Repeatable."""
        ...


class PastedInput:
    """Reads a stream that is a terminal or a pipe.

    Args:
        stream: the standard input; it may be closed or None, and it must not be read by anybody else meanwhile.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._descriptor = -1
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._before: list[Any] | None = None

    def open(self) -> bool:
        """See `PasteSource.open`."""
        try:
            self._descriptor = -1 if self._stream is None else self._stream.fileno()
        except (OSError, ValueError):  # closed, or not a file at all
            return False
        if self._descriptor < 0:
            return False
        return self._quieten() if os.isatty(self._descriptor) else sys.platform != "win32"

    def poll(self) -> str | None:
        """See `PasteSource.poll`."""
        try:
            return self._read()
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """See `PasteSource.close`."""
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
            if "\x03" in text:  # read one by one, Ctrl-C is a character like any other
                raise KeyboardInterrupt
            return text

    else:

        def _quieten(self) -> bool:
            import termios

            try:
                if os.tcgetpgrp(self._descriptor) != os.getpgrp():  # in the background: touching it would stop us
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


_END = "\x04"  # Ctrl-D, which a terminal no longer interprets
