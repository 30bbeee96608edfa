"""Runs a flow without an event loop.

Flows are coroutines over ports. The coroutines of blocking adapters never suspend, so one `send` finishes the flow.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from ..errors import PortSuspended

P = ParamSpec("P")
T = TypeVar("T")

_CLEAN_UPS = 20  # a flow's `finally` blocks may suspend too; so many of them are ended


def run_blocking(flow: Coroutine[Any, Any, T]) -> T:
    """Runs a flow over blocking ports and returns its result.

    Raises:
        PortSuspended: a port awaited an event loop; it belongs to the asynchronous client.
    """
    try:
        flow.send(None)
    except StopIteration as finished:
        value: T = finished.value
        return value
    suspended = PortSuspended(
        "a port suspended in a blocking flow: pass blocking ports to OAuthClient, or use AsyncOAuthClient"
    )
    for _ in range(_CLEAN_UPS):
        try:
            flow.throw(suspended)
        except (Exception, GeneratorExit):  # noqa: BLE001 (the flow has ended, with whatever error)
            break
    raise suspended


def as_coroutine(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Returns an awaitable version of a plain function, which runs inline and never suspends."""

    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    return call
