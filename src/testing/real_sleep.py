"""Detects a real sleep in a test with a fake clock: code that sleeps does not use the clock that it was passed."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

SHORT = 0.1
"""The longest real sleep that is allowed, in seconds: a lock that polls needs it."""


@contextmanager
def no_real_sleep() -> Generator[None]:
    """Makes `time.sleep` and `asyncio.sleep` fail in the block if they sleep for more than `SHORT`.

    Raises:
        AssertionError: from the sleep itself, and again at the end of the block if it was caught.
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


_TEXT = "a real sleep of {:g} s in a test with a fake clock: the code does not use the clock that it was passed"
