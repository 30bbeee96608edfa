"""The open connections of one listener: each is a task that reads a request, waits for the outcome, and answers.

There are never more than `Peers` has room for: `Limits.connections` at the most, and no more than half of the
descriptors that this process can have, so that the other half is left to the host program. One more, and the one that
was silent for longest is closed; a browser that waits for the outcome never is.
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

CHUNK = 16 * 1024
"""Bytes that are read at a time."""

LEAST_ROOM = 2
"""Connections for which there is room whatever the process may open: one that floods and one that does not."""


class Peers:
    """The connections.

    Attributes:
        changed: set when something happened that a waiting task may want to look at; the waiting task clears it.
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
        """Serves a connection that was just accepted, and closes another one if there are too many."""
        peer = Peer(sock, Connection(self._rules), self._limits)
        self._open.add(peer)
        peer.task.add_done_callback(lambda task: self._forget(peer, task))
        await asyncio.sleep(0)  # a request that has arrived is read before any connection is called silent
        self._measure()
        await self._reduce(peer)

    async def shrink(self) -> bool:
        """Makes do with half as many connections for a while, since the system has no descriptor for another one.

        Returns:
            Whether any was closed.
        """
        before = len(self._open)
        self._room = max(1, before // 2)
        self._measured = asyncio.get_running_loop().time()
        await self._reduce()
        return len(self._open) < before

    def release(self) -> None:
        """Answers the browsers that are held."""
        for peer in [peer for peer in self._open if peer.connection.held]:
            peer.release()

    def abort(self, *, reading: bool = False) -> None:
        """Closes all connections, or only those whose request is not complete, without an answer."""
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
        """Closes the connections that were silent for longest until there is room for the others."""
        while len(self._open) > self._room:
            victim = min((peer for peer in self._open if not peer.connection.held), key=_by_activity, default=newest)
            if victim is None:
                return
            victim.task.cancel()
            await asyncio.wait([victim.task])

    def _forget(self, peer: "Peer", task: "asyncio.Task[None]") -> None:
        # Here and not in the task: one that is cancelled before its first step runs nothing of its own.
        peer.sock.close()
        self._open.discard(peer)
        self.changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            from ..listeners.log import logger

            logger().debug("callback_connection_failed", error=type(error).__name__)


class Peer:
    """One connection and the task that serves it.

    Attributes:
        active: when its last byte arrived, or its answer was begun, in the event loop's time.
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
        """Answers the request that is held, now that the rules know the outcome."""
        if not self._released.done():
            self.active = self._loop.time()
            self._released.set_result(self.connection.release())

    async def _serve(self) -> None:
        with suppress(OSError):  # TimeoutError too: whoever is on the other side gets nothing more
            async with asyncio.timeout_at(self._reading_deadline()) as deadline:
                answer = await self._answer(deadline)
                if not answer:
                    return
                self.active = self._loop.time()
                deadline.reschedule(self.active + self._limits.linger)
                await self._loop.sock_sendall(self.sock, answer)
                self.sock.shutdown(socket.SHUT_WR)
                # The browser closes first: closing over bytes that it still sends would reset the answer away.
                while await self._loop.sock_recv(self.sock, CHUNK):
                    pass

    async def _answer(self, deadline: asyncio.Timeout) -> bytes:
        """Returns the answer to the request, or nothing if the browser left before it was complete."""
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
