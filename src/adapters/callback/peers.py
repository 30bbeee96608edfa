"""The connections of `AsyncCallback`: asyncio protocols over the same rules as the blocking ones."""

import asyncio
from contextlib import suppress
from typing import Any, cast

from .connection import Connection, Limits
from .rules import Rules


class Peers:
    """The open connections of one listener.

    Attributes:
        changed: set when something happened that whoever waits may want to look at; who waits clears it.
        closed: whether a connection that comes now comes too late.
    """

    def __init__(self, rules: Rules[Any], limits: Limits, changed: asyncio.Event) -> None:
        self.limits = limits
        self.changed = changed
        self.closed = False
        self._rules = rules
        self._open: set[Peer] = set()

    def __bool__(self) -> bool:
        return bool(self._open)

    def connect(self) -> "Peer":
        """Make the protocol for a connection that is about to be accepted."""
        return Peer(Connection(self._rules), self)

    def admit(self, peer: "Peer") -> None:
        """Add one. Over the limit the one that was silent for longest is closed, or this one if all are held."""
        if self.closed:
            peer.abort()
            return
        if len(self._open) >= self.limits.connections:
            idle = [other for other in self._open if not other.connection.held]
            if not idle:
                peer.abort()
                return
            min(idle, key=lambda other: other.active).abort()
        self._open.add(peer)

    def forget(self, peer: "Peer") -> None:
        """Take away one that is closed or is about to be."""
        self._open.discard(peer)
        self.changed.set()

    def release(self) -> None:
        """Answer those that are held."""
        for peer in [peer for peer in self._open if peer.connection.held]:
            peer.send(peer.connection.release())

    def abort(self, *, reading: bool = False) -> None:
        """Close them all, or only those whose request is not complete, without another word."""
        for peer in [peer for peer in self._open if peer.connection.reading or not reading]:
            peer.abort()


class Peer(asyncio.Protocol):
    """A transport, its connection, and how long it may go on."""

    def __init__(self, connection: Connection, peers: Peers) -> None:
        self.connection = connection
        self._peers = peers
        self._loop = asyncio.get_running_loop()
        self._opened = self.active = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to read, if there is room."""
        self._transport = cast("asyncio.Transport", transport)
        self._abort_at(self._peers.limits.reading_deadline(self._opened, self.active))
        self._peers.admit(self)

    def data_received(self, data: bytes) -> None:
        """Answer, hold, or wait for more."""
        answer = self.connection.receive(data)
        if answer:
            self.send(answer)
        elif self.connection.held:
            self._abort_at(None)
            self._transport.pause_reading()
        elif self.connection.reading:
            self.active = self._loop.time()
            self._abort_at(self._peers.limits.reading_deadline(self._opened, self.active))
        self._peers.changed.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        """Stop the clock and go."""
        self._abort_at(None)
        self._peers.forget(self)

    def send(self, answer: bytes) -> None:
        """Send the answer; the browser closes first, for closing over bytes that it still sends would reset it away."""
        self.active = self._loop.time()
        self._abort_at(self.active + self._peers.limits.linger)
        self._transport.write(answer)
        with suppress(OSError):
            self._transport.write_eof()
        self._transport.resume_reading()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()
        self._peers.forget(self)

    def _abort_at(self, deadline: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if deadline is None else self._loop.call_at(deadline, self.abort)
