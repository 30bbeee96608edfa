"""Waiting for a lock in an event loop: try, sleep, try again, so that the loop goes on and a cancellation is heard."""

from collections.abc import Callable

POLL_INTERVAL = 0.005
"""Seconds between two attempts."""


async def acquired_in_time(attempt: Callable[[], bool], *, timeout: float) -> bool:
    """Call `attempt` until it succeeds or `timeout` seconds are over; at least once.

    Returns:
        Whether it succeeded. Between its success and the return nothing is awaited, so no cancellation loses the lock.
    """
    from asyncio import sleep
    from time import monotonic

    deadline = monotonic() + timeout
    while not attempt():
        remaining = deadline - monotonic()
        if remaining <= 0:
            return False
        await sleep(min(POLL_INTERVAL, remaining))
    return True
