"""The callback port for asyncio: the listener runs in the event loop, and no thread is started."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import Generic

from ...ports.callback import Accept, Accepted, Admit, Outcome, always
from ...ports.timeouts import CALLBACK_ACCEPT_PAUSE, CALLBACK_ACCEPT_RETRY
from .connection import Limits
from .listening_socket import bind, next_connection
from .page_theme import PageTheme
from .pages import Pages
from .peers import Peers
from .rules import CALLBACK, HOST, Rules, checked_address

BURST = 64
"""Connections that are accepted between two pauses, so that very many of them leave most processor time to others."""

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class AsyncListener(Generic[Accepted]):
    """An open `CallbackListener`. It belongs to the event loop that started it.

    Connections are accepted one by one: `asyncio.Server` would accept the whole backlog in one turn of the event loop,
    and log a traceback for each connection that the process has no descriptor for.

    Args:
        listening: the bound socket; it is closed with the listener.
        accept: decides whether a query is the awaited one, as in `CallbackPort.open`.
        limits: how many connections may be open, and for how long.
        pages: the pages that browsers are answered with.
        on_accepted: called in the event loop's thread once a query is accepted.
    """

    def __init__(
        self,
        listening: socket.socket,
        accept: Accept[Accepted],
        limits: Limits,
        pages: Pages,
        on_accepted: Callable[[], object] = lambda: None,
    ) -> None:
        self._listening = listening
        self._limits = limits
        self._changed = asyncio.Event()
        address, port = listening.getsockname()[:2]
        self._on_accepted = on_accepted
        self._rules = Rules(port, accept, self._tell, pages, address=address)
        self._peers = Peers(self._rules, limits, self._changed)
        self._accepting: asyncio.Task[None] | None = None
        self._ended = False
        self._stays_until = 0.0

    def start(self) -> None:
        """Starts to accept connections in the running event loop."""
        self._accepting = asyncio.get_running_loop().create_task(self._accept_all())
        # A task that is cancelled before its first step runs no `finally` of its own.
        self._accepting.add_done_callback(lambda _: self._listening.close())

    @property
    def redirect_uri(self) -> str:
        """The exact redirect URI, with the address and the port that are bound."""
        return self._rules.origin + CALLBACK

    @property
    def accepted(self) -> Accepted | None:
        """What `accept` returned for the first query that it accepted, or None."""
        return self._rules.accepted

    def start_url(self, authorize_url: str, admit: Admit = always) -> str:
        """Returns a URL of this listener that redirects to `authorize_url`, as in the port.

        Raises:
            ValueError: the URL is not printable ASCII.
        """
        return self._rules.start_url(authorize_url, admit)

    async def wait(self, timeout: float) -> Accepted | None:
        """Waits for an accepted query; returns None after the timeout or once another task closes the listener."""
        await self._until(lambda: self._ended or self.accepted is not None, timeout)
        return self.accepted

    async def answer(self, outcome: Outcome) -> None:
        """Shows the outcome to the waiting browsers and to later ones; every call but the first is ignored."""
        self.answer_held(outcome)

    async def close(self) -> None:
        """Stops listening and closes all connections. The port is freed even if this call is cancelled."""
        self._ended = True
        self.answer_held(None)
        self._changed.set()
        try:
            await self._say_farewell()
            await self._stop_listening()
            await self._until(lambda: not self._peers, self._limits.parting)
        finally:
            self._cancel_accepting()
            self._peers.abort()

    def answer_held(self, outcome: Outcome | None) -> None:
        """Answers the waiting browsers and every later one; an outcome of None means that it is not known."""
        self._rules.answer(outcome)
        self._peers.release()

    def abandon(self) -> None:
        """Closes the listening socket of a listener that no event loop of this process runs."""
        self._listening.close()

    async def _accept_all(self) -> None:
        try:
            for turn in count(1):
                await self._accept_one()
                if turn % BURST == 0:
                    await asyncio.sleep(CALLBACK_ACCEPT_PAUSE)
        finally:
            self._listening.close()

    async def _accept_one(self) -> None:
        try:
            sock = await next_connection(self._listening)
        except OSError as error:
            if error.errno in _EXHAUSTED and not await self._peers.shrink():
                await asyncio.sleep(CALLBACK_ACCEPT_RETRY)
            return
        await self._peers.admit(sock)

    async def _say_farewell(self) -> None:
        """Waits until the result page was fetched, and for the second answer of a double click and its page."""
        await self._until(self._owes_nothing, self._limits.farewell)
        left = self._stays_until - asyncio.get_running_loop().time()
        if left > 0:
            await self._until(lambda: False, left)
            await self._until(self._owes_nothing, self._limits.farewell - left)

    def _owes_nothing(self) -> bool:
        return not self._rules.result_owed

    async def _stop_listening(self) -> None:
        self._peers.abort(reading=True)
        self._cancel_accepting()
        if self._accepting is not None:
            await asyncio.wait([self._accepting])

    def _cancel_accepting(self) -> None:
        if self._accepting is not None:
            self._accepting.cancel()

    def _tell(self) -> None:
        self._stays_until = asyncio.get_running_loop().time() + min(self._limits.double_click, self._limits.farewell)
        self._changed.set()
        self._on_accepted()

    async def _until(self, satisfied: Callable[[], bool], seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not satisfied():
                    self._changed.clear()
                    await self._changed.wait()


class AsyncCallback:
    """Opens listeners that run in the running event loop.

    Args:
        limits: how many connections may be open, and for how long; the defaults of `Limits` if None.
        theme: the appearance and the texts of the pages; the defaults of `PageTheme` if None.
        address: `127.0.0.1`, or `::1` for a server that accepts only a redirect URI with it (RFC 8252 §7.3).

    Raises:
        ValueError: `address` is another address or a name.
    """

    def __init__(self, limits: Limits | None = None, *, theme: PageTheme | None = None, address: str = HOST) -> None:
        self._limits = limits or Limits()
        self._address = checked_address(address)
        self._pages = Pages(theme or PageTheme())

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> AsyncListener[Accepted]:
        """Opens a listener in the running event loop.

        Raises:
            ListenerError: none of the ports could be bound; the text names them.
        """
        listener = self.listener(accept, ports)
        listener.start()
        return listener

    def listener(
        self, accept: Accept[Accepted], ports: Sequence[int], on_accepted: Callable[[], object] = lambda: None
    ) -> AsyncListener[Accepted]:
        """Returns a listener that is bound but not started.

        Args:
            accept: decides whether a query is the awaited one, as in `CallbackPort.open`.
            ports: the allowed ports in order of preference; empty means any free one.
            on_accepted: called in the event loop's thread once a query is accepted.

        Raises:
            ListenerError: none of the ports could be bound; the text names them.
        """
        return AsyncListener(bind(ports, self._address), accept, self._limits, self._pages, on_accepted)
