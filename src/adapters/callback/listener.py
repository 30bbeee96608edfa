"""The callback port for asyncio: the event loop serves, and no thread is started."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic

from ...ports.callback import Accept, Accepted, Outcome
from .connection import Limits
from .listening_socket import BACKLOG, bind
from .page_theme import PageTheme
from .pages import Pages
from .peers import Peers
from .rules import CALLBACK, HOST, Rules, checked_address


class AsyncListener(Generic[Accepted]):
    """An open listener, see `CallbackListener`. It belongs to the event loop that opened it."""

    def __init__(self, listening: socket.socket, accept: Accept[Accepted], limits: Limits, pages: Pages) -> None:
        self._listening = listening
        self._limits = limits
        self._changed = asyncio.Event()
        self._rules = Rules(
            listening.getsockname()[1], accept, self._changed.set, pages, address=listening.getsockname()[0]
        )
        self._peers = Peers(self._rules, limits, self._changed)
        self._server: asyncio.Server | None = None
        self._ended = False

    async def start(self) -> None:
        """Begin to serve."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._peers.connect, sock=self._listening, backlog=BACKLOG)

    @property
    def redirect_uri(self) -> str:
        """See `CallbackListener.redirect_uri`."""
        return self._rules.origin + CALLBACK

    def start_url(self, authorize_url: str) -> str:
        """See `CallbackListener.start_url`; raises ValueError for a URL that is not printable ASCII."""
        return self._rules.start_url(authorize_url)

    async def wait(self, timeout: float) -> Accepted | None:
        """See `CallbackListener.wait`; it also ends, with None, when another task closes the listener."""
        await self._until(lambda: self._ended or self._rules.accepted is not None, timeout)
        return self._rules.accepted

    async def answer(self, outcome: Outcome) -> None:
        """See `CallbackListener.answer`; the first outcome counts."""
        self._answer(outcome)

    async def close(self) -> None:
        """See `CallbackListener.close`. If it is cancelled, the port is freed all the same."""
        self._ended = True
        self._answer(None)
        self._changed.set()
        try:
            await self._until(lambda: not self._rules.result_owed, self._limits.farewell)
            self._stop_listening()
            await self._until(lambda: not self._peers, self._limits.parting)
        finally:
            self._stop_listening()
            self._peers.abort()

    def _answer(self, outcome: Outcome | None) -> None:
        self._rules.answer(outcome)
        self._peers.release()

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
        self._listening.close()
        self._peers.closed = True
        self._peers.abort(reading=True)

    async def _until(self, satisfied: Callable[[], bool], seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not satisfied():
                    self._changed.clear()
                    await self._changed.wait()


class AsyncCallback:
    """Opens listeners that are served by the running event loop.

    Args:
        limits: what connections may take.
        theme: how the pages look and read.
        address: `127.0.0.1`, or `::1` for a server that knows only such a redirect URI (RFC 8252 §7.3).
    """

    def __init__(self, limits: Limits | None = None, *, theme: PageTheme | None = None, address: str = HOST) -> None:
        self._limits = limits or Limits()
        self._address = checked_address(address)
        self._pages = Pages(theme or PageTheme())

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> AsyncListener[Accepted]:
        """See `CallbackPort.open`.

        Raises:
            ListenerError: none of the ports could be bound; the text names them.
        """
        listener = AsyncListener(bind(ports, self._address), accept, self._limits, self._pages)
        await listener.start()
        return listener
