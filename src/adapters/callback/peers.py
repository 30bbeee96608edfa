"""The open connections of one listener: each is a task that reads a request, waits for the outcome, and answers.

At most `Limits.connections` are open, and they use at most half of the descriptors that nothing else has open, so that
the host program can use the other half. Beyond that, the connection that has been silent for longest is closed; the
connection of a browser that waits for the outcome is never closed for this.
"""

import asyncio
import socket
from contextlib import suppress
from math import inf
from typing import Any

from ...ports.timeouts import CALLBACK_READ_PAUSE, CALLBACK_ROOM_AGE
from ..system.descriptors import spare_descriptors
from .connection import Connection, Limits
from .rules import Rules

CHUNK = 64 * 1024
"""The most bytes that are read at once."""

LEAST_ROOM = 2
"""Connections that may be open however few descriptors are left: the user's browser and one other client."""


class Peers:
    """The open connections of a listener; true while there are any.

    Args:
        rules: decide how a request is answered.
        limits: how many connections may be open, and for how long.
        changed: set when a connection ends; the waiting task clears it.

    Attributes:
        changed: the event that was passed.
    """

    def __init__(self, rules: Rules[Any], limits: Limits, changed: asyncio.Event) -> None:
        self.changed = changed
        self._rules = rules
        self._limits = limits
        self._open: set[Peer] = set()
        self._room = limits.connections
        self._measured = -inf

    def __bool__(self) -> bool:
        return bool(self._open)

    async def admit(self, sock: socket.socket) -> None:
        """Starts to serve a connection that was just accepted, and closes others while there are too many."""
        peer = Peer(sock, Connection(self._rules), self._limits)
        self._open.add(peer)
        peer.task.add_done_callback(lambda task: self._forget(peer, task))
        await asyncio.sleep(0)  # a request that has arrived is read before any connection counts as silent
        self._measure()
        await self._reduce(peer)

    async def shrink(self) -> bool:
        """Halves the allowed connections for a while, since the system has no descriptor for another one.

        Returns:
            Whether a connection was closed.
        """
        before = len(self._open)
        self._room = max(1, before // 2)
        self._measured = asyncio.get_running_loop().time()
        await self._reduce()
        return len(self._open) < before

    def release(self) -> None:
        """Answers every request that is held."""
        for peer in [peer for peer in self._open if peer.connection.held]:
            peer.release()

    def abort(self, *, reading: bool = False) -> None:
        """Closes connections without an answer.

        Args:
            reading: whether to close only those whose request is not complete.
        """
        for peer in [peer for peer in self._open if peer.connection.reading or not reading]:
            peer.task.cancel()

    def _measure(self) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._open) <= LEAST_ROOM or now < self._measured + CALLBACK_ROOM_AGE:
            return
        self._measured = now
        spare = spare_descriptors()
        share = inf if spare is None else max(LEAST_ROOM, (spare + len(self._open)) // 2)
        self._room = int(min(self._limits.connections, share))

    async def _reduce(self, newest: "Peer | None" = None) -> None:
        """Closes the connections that have been silent for longest until no more are open than allowed."""
        while len(self._open) > self._room:
            victim = min((peer for peer in self._open if not peer.connection.held), key=_by_activity, default=newest)
            if victim is None:
                return
            victim.task.cancel()
            await asyncio.wait([victim.task])

    def _forget(self, peer: "Peer", task: "asyncio.Task[None]") -> None:
        # Here and not in the task: a task that is cancelled before its first step runs no `finally` of its own.
        peer.sock.close()
        self._open.discard(peer)
        self.changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            from ..listeners.log import logger

            logger().debug("callback_connection_failed", error=type(error).__name__)


class Peer:
    """One connection and the task that serves it.

    Args:
        sock: the connection's socket.
        connection: its HTTP protocol.
        limits: how long it may be open.

    Attributes:
        active: when its last byte arrived or its answer was started, in the event loop's time.
    """

    def __init__(self, sock: socket.socket, connection: Connection, limits: Limits) -> None:
        loop = asyncio.get_running_loop()
        self.sock = sock
        self.connection = connection
        self.active = loop.time()
        self._opened = self.active
        self._limits = limits
        self._loop = loop
        self._released: asyncio.Future[bytes] = loop.create_future()
        self.task = loop.create_task(self._serve())

    def release(self) -> None:
        """Answers the held request; `Rules.answer` was called before."""
        if not self._released.done():
            self.active = self._loop.time()
            self._released.set_result(self.connection.release())

    async def _serve(self) -> None:
        with suppress(OSError):  # TimeoutError too: the client receives nothing more
            async with asyncio.timeout_at(self._reading_deadline()) as deadline:
                answer = await self._answer(deadline)
                if not answer:
                    return
                self.active = self._loop.time()
                deadline.reschedule(self.active + self._limits.linger)
                await self._loop.sock_sendall(self.sock, answer)
                self.sock.shutdown(socket.SHUT_WR)
                # The browser closes first: closing while bytes are unread would reset it and lose the answer.
                while await self._loop.sock_recv(self.sock, CHUNK):
                    pass

    async def _answer(self, deadline: asyncio.Timeout) -> bytes:
        """Returns the answer to the request, or nothing if the browser closed the connection before it was complete."""
        while self.connection.reading:
            data = await self._loop.sock_recv(self.sock, CHUNK)
            if not data:
                return b""
            answer = self.connection.receive(data)
            if answer:
                return answer
            self.active = self._loop.time()
            deadline.reschedule(self._reading_deadline())
            if self.connection.reading:
                await asyncio.sleep(CALLBACK_READ_PAUSE)
        deadline.reschedule(None)
        return await self._released

    def _reading_deadline(self) -> float:
        return self._limits.reading_deadline(self._opened, self.active)


def _by_activity(peer: Peer) -> float:
    return peer.active
