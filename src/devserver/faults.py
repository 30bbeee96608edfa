"""Faults for tests: values that are queued for an endpoint and used by one request each.

A fault decides whether the request is processed at all, and how the reply reaches the client.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import evolve, field, frozen

from .exchange import Ending, Reply

Act = Callable[[], Reply]
"""Processes the request; if a fault does not call it, the request is not processed."""


class Fault(Protocol):
    """One fault."""

    def strike(self, act: Act) -> Reply:
        """Returns the reply to send.

        Args:
            act: processes the request and returns its normal reply.
        """
        ...


@frozen
class Answer:
    """A fixed reply, as from a proxy; the request is not processed.

    Attributes:
        status: the HTTP status.
        body: the body: a mapping is sent as JSON, bytes as HTML unless `headers` has another content type.
        headers: further headers, for instance `{"Retry-After": "2"}`.
    """

    status: int
    body: Mapping[str, object] | bytes = b""
    headers: Mapping[str, str] = field(factory=dict[str, str])

    def strike(self, act: Act) -> Reply:  # noqa: ARG002 - not calling it is the fault
        """Returns the fixed reply."""
        raw = self.body if isinstance(self.body, bytes) else json.dumps(dict(self.body)).encode()
        media_type = "text/html; charset=utf-8" if isinstance(self.body, bytes) else "application/json"
        return Reply(self.status, {"Content-Type": media_type, **self.headers}, raw, "fault")


@frozen
class Drop:
    """The connection closes without a reply.

    Attributes:
        acted: whether the request is processed, so that only its reply is lost.
    """

    acted: bool = False

    def strike(self, act: Act) -> Reply:
        """Returns a reply that never arrives."""
        reply = act() if self.acted else Reply(503, outcome="fault")
        return evolve(reply, ending=Ending.DROPPED)


@frozen
class Cut:
    """The request is processed; only the head and half of the body of the reply arrive."""

    def strike(self, act: Act) -> Reply:
        """Returns a reply that is cut off."""
        return evolve(act(), ending=Ending.CUT)


@frozen
class Delay:
    """The request is processed at once; the reply is delayed.

    Attributes:
        seconds: the delay in seconds.
    """

    seconds: float

    def strike(self, act: Act) -> Reply:
        """Returns a delayed reply."""
        return evolve(act(), delay=self.seconds)


class FaultQueue:
    """The queued faults of each endpoint, first in, first out."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def add(self, endpoint: str, *faults: Fault) -> None:
        """Queues faults; each is used by one request."""
        self._waiting[endpoint].extend(faults)

    def carry_out(self, endpoint: str, act: Act) -> Reply:
        """Processes a request, or applies the next fault to it."""
        waiting = self._waiting[endpoint]
        return waiting.popleft().strike(act) if waiting else act()
