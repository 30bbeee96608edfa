"""The callback port for blocking callers: a daemon thread serves an `AsyncListener`, and the caller waits."""

import asyncio
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from selectors import DefaultSelector
from threading import Event, Thread
from typing import Generic

from ...ports.callback import Accept, Accepted, Outcome
from ...ports.errors import ListenerError
from ...ports.timeouts import CALLBACK_CLOSE, WAIT_SLICE
from .connection import Limits
from .listener import AsyncListener
from .listening_socket import bind
from .page_theme import PageTheme
from .pages import Pages
from .rules import HOST, checked_address


class BlockingListener(Generic[Accepted]):
    """An open listener, see `CallbackListener`. Its methods may be called from any thread.

    In a child that was forked meanwhile the thread does not exist: nothing is heard there, and no method waits.

    Args:
        listener: the asyncio listener, not started yet.
        ended: set once it accepted a query.

    Raises:
        OSError, RuntimeError: the event loop or the thread cannot be had.
    """

    def __init__(self, listener: AsyncListener[Accepted], ended: Event) -> None:
        self._listener = listener
        self._ended = ended
        self._closing = asyncio.Event()
        self._loop = _new_loop()
        self._thread = Thread(target=self._serve, name="promptvm-oauth-callback", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            self._loop.close()
            raise

    @property
    def redirect_uri(self) -> str:
        """The exact URI that is listened on."""
        return self._listener.redirect_uri

    def start_url(self, authorize_url: str) -> str:
        """Returns a URL of this listener that redirects to `authorize_url` once.

        Raises:
            ValueError: the URL is not printable ASCII.
        """
        return self._listener.start_url(authorize_url)

    async def wait(self, timeout: float) -> Accepted | None:
        """Waits for an accepted query; it also ends, with None, when another thread closes the listener."""
        deadline = time.monotonic() + timeout
        while self._thread.is_alive() and (left := deadline - time.monotonic()) > 0:
            if self._ended.wait(min(left, WAIT_SLICE)):
                break
        return self._listener.accepted

    async def answer(self, outcome: Outcome) -> None:
        """Tells the browsers how it ended; the first outcome counts."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # it was closed meanwhile
                self._loop.call_soon_threadsafe(self._listener.answer_held, outcome)

    async def close(self) -> None:
        """Stops listening and waits for the thread to end, for a second at the most."""
        self._ended.set()
        if not self._thread.is_alive():
            self._listener.abandon()
            return
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._closing.set)
        deadline = time.monotonic() + CALLBACK_CLOSE
        while self._thread.is_alive() and (left := deadline - time.monotonic()) > 0:
            self._thread.join(min(left, WAIT_SLICE))

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve_until_closing())

    async def _serve_until_closing(self) -> None:
        self._listener.start()
        await self._closing.wait()
        await self._listener.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    """Returns a loop of the kind that every system has, whatever the host program has chosen for itself."""
    selector = DefaultSelector()
    try:
        for end in socket.socketpair():  # as the loop will need; what its own constructor lacks, it tells on stderr
            end.close()
    except BaseException:
        selector.close()
        raise
    return asyncio.SelectorEventLoop(selector)


class BlockingCallback:
    """Opens listeners that are served by a thread of their own.

    Args:
        limits: what connections may take.
        theme: how the pages look and read.
        address: `127.0.0.1`, or `::1` for a server that knows only such a redirect URI (RFC 8252 §7.3).
    """

    def __init__(self, limits: Limits | None = None, *, theme: PageTheme | None = None, address: str = HOST) -> None:
        self._limits = limits or Limits()
        self._address = checked_address(address)
        self._pages = Pages(theme or PageTheme())

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> BlockingListener[Accepted]:
        """Opens a listener and starts its thread.

        Raises:
            ListenerError: none of the ports could be bound, or there is no thread or descriptor to serve it.
        """
        ended = Event()
        listener = AsyncListener(bind(ports, self._address), accept, self._limits, self._pages, ended.set)
        try:
            return BlockingListener(listener, ended)
        except (OSError, RuntimeError) as error:
            listener.abandon()
            reason = getattr(error, "strerror", None) or error
            raise ListenerError(f"the listener cannot be served: {reason}") from error
