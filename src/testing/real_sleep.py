"""Catching a real sleep where the clock is a fake one: whoever sleeps was not given the clock."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

SHORT = 0.1
"""Seconds that may really be slept: a lock that polls needs them."""


@contextmanager
def no_real_sleep() -> Generator[None]:
    """Let `time.sleep` and `asyncio.sleep` fail while the block lasts, but for a tenth of a second or less.

    Raises:
        AssertionError: where something sleeps; and at the end of the block, if that one was swallowed.
    """
    slept: list[float] = []
    really: Any = time.sleep
    really_async: Any = asyncio.sleep

    def check(seconds: float) -> None:
        if seconds > SHORT:
            slept.append(seconds)
            raise AssertionError(_TEXT.format(seconds))

    def sleep(seconds: float, /) -> None:
        check(seconds)
        really(seconds)

    async def async_sleep(delay: float, result: object = None) -> object:
        check(delay)
        return await really_async(delay, result)

    stand_ins: tuple[Any, Any] = sleep, async_sleep
    time.sleep, asyncio.sleep = stand_ins
    try:
        yield
    finally:
        time.sleep, asyncio.sleep = really, really_async
    if slept:
        raise AssertionError(_TEXT.format(slept[0]))


_TEXT = "a real sleep of {:g} s under a fake clock: whatever sleeps here was not given the clock"
