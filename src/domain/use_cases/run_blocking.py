"""Running a flow to its end without an event loop.

Flows are coroutines over ports. Blocking adapters are coroutines that never suspend, so one `send` finishes the flow.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from ..errors import PortSuspended

P = ParamSpec("P")
T = TypeVar("T")

_CLEAN_UPS = 20  # nested clean-ups of a flow that may suspend as well, each ended in its turn


def run_blocking(flow: Coroutine[Any, Any, T]) -> T:
    """Run a flow over blocking ports and give what it returns.

    Raises:
        PortSuspended: a port waited for an event loop; it belongs to the asynchronous face.
    """
    try:
        flow.send(None)
    except StopIteration as finished:
        value: T = finished.value
        return value
    suspended = PortSuspended(
        "a port suspended in a blocking flow: give OAuthClient blocking ports, or use AsyncOAuthClient"
    )
    for _ in range(_CLEAN_UPS):
        try:
            flow.throw(suspended)
        except (Exception, GeneratorExit):  # noqa: BLE001 (the flow has ended; how, does not matter any more)
            break
    raise suspended


def as_coroutine(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Returns a plain function as one that a flow can await; it runs in place and never suspends."""

    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    return call
