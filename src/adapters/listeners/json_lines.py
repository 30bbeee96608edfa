"""Events as JSON lines: for front ends in another language that read them from a pipe.

The lines contain URLs and user codes for the front end, so they must not be stored as a log.
"""

import json
from math import isfinite
from typing import TextIO

from attrs import fields

from ...ports.events import Event


class JsonLinesListener:
    """Writes each event as one line of ASCII: `event` is its class name, the other members are its attributes.

    Unknown values are null, and so are numbers that JSON does not have.

    Args:
        stream: the stream to write to; no other code may write to it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """Writes one event with a single write.

        Raises:
            OSError: the stream cannot be written.
        """
        members = {attribute.name: _plain(getattr(event, attribute.name)) for attribute in fields(type(event))}
        self._stream.write(json.dumps({"event": type(event).__name__, **members}) + "\n")
        self._stream.flush()


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not isfinite(value) else value
