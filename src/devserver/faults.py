"""What can go wrong on purpose: small values, queued for an endpoint, each spent by one request.

A fault decides whether the request is carried out at all, and how the reply reaches the client.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import evolve, field, frozen

from .exchange import Ending, Reply

Act = Callable[[], Reply]
"""Carries the request out; a fault that does not call it loses the request."""


class Fault(Protocol):
    """One mishap."""

    def strike(self, act: Act) -> Reply:
        """Give the reply in place of the one that `act` would give."""
        ...


@frozen
class Answer:
    """Something else answers, a proxy for instance; the request is not carried out.

    Attributes:
        status: the HTTP status.
        body: a mapping becomes JSON; bytes are sent as HTML unless `headers` say otherwise.
        headers: for instance `{"Retry-After": "2"}`.
    """

    status: int
    body: Mapping[str, object] | bytes = b""
    headers: Mapping[str, str] = field(factory=dict[str, str])

    def strike(self, act: Act) -> Reply:  # noqa: ARG002 - not calling it is the fault
        """Give the prepared answer."""
        raw = self.body if isinstance(self.body, bytes) else json.dumps(dict(self.body)).encode()
        media_type = "text/html; charset=utf-8" if isinstance(self.body, bytes) else "application/json"
        return Reply(self.status, {"Content-Type": media_type, **self.headers}, raw, "fault")


@frozen
class Drop:
    """The connection closes without a reply.

    Attributes:
        acted: whether the request was carried out before, so that only its reply is lost.
    """

    acted: bool = False

    def strike(self, act: Act) -> Reply:
        """Give a reply that never arrives."""
        reply = act() if self.acted else Reply(503, outcome="fault")
        return evolve(reply, ending=Ending.DROPPED)


@frozen
class Cut:
    """The request is carried out; the head of the reply arrives and half of the body."""

    def strike(self, act: Act) -> Reply:
        """Give a reply that breaks off."""
        return evolve(act(), ending=Ending.CUT)


@frozen
class Delay:
    """The request is carried out at once; the reply comes late.

    Attributes:
        seconds: how late.
    """

    seconds: float

    def strike(self, act: Act) -> Reply:
        """Give a reply that waits."""
        return evolve(act(), delay=self.seconds)


class FaultQueue:
    """The faults that wait, first in, first out, for each endpoint."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def add(self, endpoint: str, *faults: Fault) -> None:
        """Queue faults; each answers one request."""
        self._waiting[endpoint].extend(faults)

    def carry_out(self, endpoint: str, act: Act) -> Reply:
        """Carry a request out, or let the next fault strike."""
        waiting = self._waiting[endpoint]
        return waiting.popleft().strike(act) if waiting else act()
