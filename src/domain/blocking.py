"""Running a flow to its end without an event loop.

Flows are coroutines over ports. Blocking adapters are coroutines that never suspend, so one `send` finishes the flow.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

from .errors import PortSuspended

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
