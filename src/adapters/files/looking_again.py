"""Reads again what seems damaged: the Go tool truncates a file and then writes it, so a read may come in between."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ...ports.timeouts import DAMAGE_FIRST_PAUSE, DAMAGE_LAST_PAUSE, DAMAGE_SECOND_PAUSE

T = TypeVar("T")
Sleep = Callable[[float], object]


def look_again(read: Callable[[], T], damage: type[Exception], sleep: Sleep | None = None) -> T:
    """Reads up to three more times, after growing pauses.

    Args:
        read: reads the file.
        damage: the exception that it raises for a damaged file.
        sleep: waits for a number of seconds; None means `time.sleep`.

    Returns:
        The first result.

    Raises:
        Exception: the last read raised `damage`, or any of them another exception.
    """
    wait = sleep or time.sleep
    for seconds in (DAMAGE_FIRST_PAUSE, DAMAGE_SECOND_PAUSE):
        wait(seconds)
        with suppress(damage):
            return read()
    wait(DAMAGE_LAST_PAUSE)
    return read()
