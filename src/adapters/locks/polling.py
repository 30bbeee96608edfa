"""Waiting for a lock in an event loop: try, sleep, try again, so that the loop goes on and a cancellation is heard."""

from collections.abc import Callable

from ...ports.timeouts import LOCK_POLL_INTERVAL


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
        await sleep(min(LOCK_POLL_INTERVAL, remaining))
    return True
