"""Events, one JSON object a line: for front ends in another language that read them from a pipe.

It is for the front end, so URLs and user codes are in it; it must not be kept as a log.
"""

import json
from math import isfinite
from typing import TextIO

from attrs import fields

from ...ports.events import Event


class JsonLinesListener:
    """Writes each event as one line of ASCII: `event` is its kind, the other members are its attributes.

    What is not known, and what JSON has no number for, is null.

    Args:
        stream: where to; nobody else may write to it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """Write one event, in one write.

        Raises:
            OSError: the stream cannot be written.
        """
        members = {attribute.name: _plain(getattr(event, attribute.name)) for attribute in fields(type(event))}
        self._stream.write(json.dumps({"event": type(event).__name__, **members}) + "\n")
        self._stream.flush()


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not isfinite(value) else value
