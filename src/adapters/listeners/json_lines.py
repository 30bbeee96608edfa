"""Events as JSON lines: for front ends in another language that read them from a pipe.

The lines contain URLs and user codes for the front end, so they must not be stored as a log.
"""

import json
import time
from collections.abc import Callable
from threading import Lock
from typing import TextIO

from ...ports.event_schema import SCHEMA, members
from ...ports.events import Event
from ...ports.rfc3339 import format_time


class JsonLinesListener:
    """Writes each event as one line of ASCII, with the members of `event_schema` and the time.

    Args:
        stream: the stream to write to; no other code may write to it.
        now: the wall clock, in seconds since 1970-01-01 UTC.
    """

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.time) -> None:
        self._stream = stream
        self._now = now
        self._lock = Lock()

    def __call__(self, event: Event) -> None:
        """Writes one event with a single write.

        Raises:
            OSError: the stream cannot be written.
        """
        head = {"schema": SCHEMA, "event": type(event).__name__, "time": format_time(self._now())}
        with self._lock:  # a client that is shared by threads tells events of several
            self._stream.write(json.dumps(head | members(event)) + "\n")
            self._stream.flush()
