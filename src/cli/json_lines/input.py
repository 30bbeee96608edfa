"""The input of `login --json-lines`: what the program at the other end wants, one JSON object a line.

`{"paste": "https://…"}` is the address on which the user's browser ended, `{"cancel": true}` ends the login. The end of
the input ends nothing: a program that only listens may close it.
"""

from __future__ import annotations

import os
import sys
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from ...domain.oauth.response import json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

MAX_LINE = 64 * 1024
"""The longest line, in bytes, without the end of the line."""

_CHUNK = 4096
_TOO_LONG = f"a line has at most {MAX_LINE} bytes"
_UNKNOWN = 'a line is a JSON object with "paste", a text, or with "cancel", true'


class Actions(NamedTuple):
    """What is called for a line, in the thread that reads.

    Attributes:
        paste: called with the pasted text.
        cancel: called to end the login.
        reject: called with the reason why a line was not used.
    """

    paste: Callable[[str], object]
    cancel: Callable[[], object]
    reject: Callable[[str], object]


class LineSplitter:
    """Splits bytes into lines; of a line that is too long, only that it was.

    Args:
        take: called with each line, without its end, or with None if the line was too long.
    """

    def __init__(self, take: Callable[[bytes | None], object]) -> None:
        self._take = take
        self._line = b""
        self._skips = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes."""
        *ended, rest = data.split(b"\n")
        for part in ended:
            self._add(part)
            if not self._skips:
                self._take(self._line)
            self._line, self._skips = b"", False
        self._add(rest)

    def end(self) -> None:
        """Takes the last line, which may lack its end."""
        self.feed(b"\n")

    def _add(self, part: bytes) -> None:
        if self._skips:
            return
        self._line += part
        if len(self._line) > MAX_LINE:
            self._line, self._skips = b"", True
            self._take(None)


def obey(line: bytes | None, actions: Actions) -> None:
    """Does what a line says.

    Args:
        line: the line; None if it was too long. An empty one is ignored.
        actions: what can be done.
    """
    if line is None:
        actions.reject(_TOO_LONG)
        return
    if not line.strip():
        return
    wanted: Mapping[str, object] = json_object(line) or {}
    paste, cancel = wanted.get("paste"), wanted.get("cancel")
    if isinstance(paste, str) and paste.strip():
        actions.paste(paste)
    elif cancel is True:
        actions.cancel()
    else:
        actions.reject(_UNKNOWN)


def start_reading(stream: TextIO | None, actions: Actions) -> Thread | None:
    """Reads lines in a thread that does not keep the process alive; None if there is nothing to read.

    Args:
        stream: standard input. It is read by its descriptor, so that a thread which still waits at the end of the
            process holds no lock of the stream.
        actions: what is called for each line.
    """
    descriptor = _descriptor(stream)
    if descriptor < 0:
        return None
    thread = Thread(target=_read, args=(descriptor, actions), name="promptvm-auth input", daemon=True)
    thread.start()
    return thread


def _descriptor(stream: TextIO | None) -> int:
    """Returns the descriptor to read; -1 if it is closed, or a terminal that would stop a process in the background."""
    try:
        descriptor = -1 if stream is None else stream.fileno()
        if descriptor >= 0 and sys.platform != "win32" and os.isatty(descriptor):
            return descriptor if os.tcgetpgrp(descriptor) == os.getpgrp() else -1
    except (OSError, ValueError):
        return -1
    return descriptor


def _read(descriptor: int, actions: Actions) -> None:
    lines = LineSplitter(lambda line: obey(line, actions))
    try:
        while data := os.read(descriptor, _CHUNK):
            lines.feed(data)
    except OSError:
        return
    lines.end()
