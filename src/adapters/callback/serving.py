"""The thread behind `BlockingCallback`: every connection in one selector, so that none can delay another."""

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

from ...ports.callback import Outcome
from ...ports.timeouts import CALLBACK_ACCEPT_RETRY
from .connection import Connection, Limits
from .rules import Rules

CHUNK = 16 * 1024
"""Bytes that are read at a time."""


class _Peer:
    """A socket, its connection, and how long it may go on."""

    def __init__(self, sock: socket.socket, connection: Connection) -> None:
        self.sock = sock
        self.connection = connection
        self.opened = self.active = time.monotonic()
        self.deadline = inf
        self.outgoing = b""


class ServingThread:
    """Serves a listening socket until `close`; all but its two methods runs in the thread."""

    def __init__(self, listening: socket.socket, rules: Rules[Any], limits: Limits) -> None:
        self._listening = listening
        self._rules = rules
        self._limits = limits
        self._peers: set[_Peer] = set()
        self._steps: deque[Callable[[], None]] = deque()
        self._closing = False
        self._waking, self._wake = socket.socketpair()
        self._waking.settimeout(0)
        self._wake.settimeout(0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._waking, selectors.EVENT_READ, self._take_steps)
        self._selector.register(listening, selectors.EVENT_READ, self._admit)
        self._thread = threading.Thread(target=self._run, name="promptvm-oauth-callback", daemon=True)
        self._thread.start()

    def answer(self, outcome: Outcome) -> None:
        """Have the thread answer who is held, and whoever comes later."""
        self._soon(lambda: self._answer(outcome))

    def close(self) -> None:
        """Answer who is held, stop listening, and wait for the thread to end, for a second at the most."""
        self._soon(self._begin_closing)
        self._thread.join(1.0)

    def _soon(self, step: Callable[[], None]) -> None:
        self._steps.append(step)
        with suppress(OSError):  # the thread has ended, or is awake already
            self._wake.send(b"\0")

    def _answer(self, outcome: Outcome | None) -> None:
        self._rules.answer(outcome)
        for peer in [peer for peer in self._peers if peer.connection.held]:
            self._send(peer, peer.connection.release())

    def _begin_closing(self) -> None:
        self._closing = True

    def _run(self) -> None:
        try:
            self._serve_until(lambda: self._closing, inf)
            self._answer(None)
            self._serve_until(lambda: not self._rules.result_owed, self._limits.farewell)
            self._stop_listening()
            self._serve_until(lambda: not self._peers, self._limits.parting)
        finally:
            self._let_go()

    def _serve_until(self, satisfied: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not satisfied() and (now := time.monotonic()) < end:
            next_deadline = min((peer.deadline for peer in self._peers), default=inf)
            patience = max(0.0, min(end, next_deadline) - now)
            for key, _ in self._selector.select(None if patience == inf else patience):
                key.data()
            self._drop_overdue()

    def _drop_overdue(self) -> None:
        now = time.monotonic()
        for peer in [peer for peer in self._peers if peer.deadline <= now]:
            self._drop(peer)

    def _take_steps(self) -> None:
        with suppress(OSError):
            self._waking.recv(CHUNK)
        while self._steps:
            self._steps.popleft()()

    def _admit(self) -> None:
        try:
            sock, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:
            self._make_room()
            time.sleep(CALLBACK_ACCEPT_RETRY)
            return
        if len(self._peers) >= self._limits.connections and not self._make_room():
            sock.close()
            return
        sock.settimeout(0)
        peer = _Peer(sock, Connection(self._rules))
        peer.deadline = self._limits.reading_deadline(peer.opened, peer.active)
        self._peers.add(peer)
        self._watch(peer, selectors.EVENT_READ)

    def _make_room(self) -> bool:
        """Close the connection that was silent for longest; False if all are held."""
        idle = [peer for peer in self._peers if not peer.connection.held]
        if idle:
            self._drop(min(idle, key=lambda peer: peer.active))
        return bool(idle)

    def _watch(self, peer: _Peer, events: int) -> None:
        with suppress(KeyError):
            self._selector.unregister(peer.sock)
        if events:
            self._selector.register(peer.sock, events, lambda: self._serve(peer))

    def _serve(self, peer: _Peer) -> None:
        if peer not in self._peers:  # closed to make room since the selector reported it
            return
        try:
            if peer.outgoing:
                self._write(peer)
            else:
                self._read(peer)
        except Exception:  # noqa: BLE001 - whatever one connection brings, the others are served
            self._drop(peer)

    def _read(self, peer: _Peer) -> None:
        data = peer.sock.recv(CHUNK)
        if not data:
            self._drop(peer)
            return
        answer = peer.connection.receive(data)
        if answer:
            self._send(peer, answer)
        elif peer.connection.held:
            peer.deadline = inf
            self._watch(peer, 0)
        elif peer.connection.reading:
            peer.active = time.monotonic()
            peer.deadline = self._limits.reading_deadline(peer.opened, peer.active)

    def _send(self, peer: _Peer, answer: bytes) -> None:
        peer.outgoing = answer
        peer.active = time.monotonic()
        peer.deadline = peer.active + self._limits.linger
        self._watch(peer, selectors.EVENT_WRITE)

    def _write(self, peer: _Peer) -> None:
        peer.outgoing = peer.outgoing[peer.sock.send(peer.outgoing) :]
        if not peer.outgoing:
            # The browser closes first: closing over bytes that it still sends would reset the answer away.
            peer.sock.shutdown(socket.SHUT_WR)
            self._watch(peer, selectors.EVENT_READ)

    def _drop(self, peer: _Peer) -> None:
        self._peers.discard(peer)
        self._watch(peer, 0)
        peer.sock.close()

    def _stop_listening(self) -> None:
        self._selector.unregister(self._listening)
        self._listening.close()
        for peer in [peer for peer in self._peers if peer.connection.reading]:
            self._drop(peer)

    def _let_go(self) -> None:
        for peer in list(self._peers):
            self._drop(peer)
        self._selector.close()
        for sock in (self._listening, self._waking, self._wake):
            sock.close()
