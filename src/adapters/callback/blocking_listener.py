"""The callback port for blocking callers: a daemon thread serves an `AsyncListener`, and the caller waits."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import DefaultSelector
from threading import Event, Thread
from typing import Generic, TypeVar

from ...ports.callback import Accept, Accepted, Outcome
from ...ports.errors import ListenerError
from ...ports.timeouts import CALLBACK_CLOSE, WAIT_SLICE
from .connection import Limits
from .listener import AsyncCallback, AsyncListener
from .page_theme import PageTheme
from .rules import HOST, checked_address

T = TypeVar("T")


class BlockingListener(Generic[Accepted]):
    """An open listener, see `CallbackListener`. Its methods may be called from any thread.

    The asyncio listener lives in the serving thread alone: whatever is asked of it is asked there. In a child that was
    forked meanwhile the thread does not exist: nothing is heard there, and no method waits.

    Args:
        make: makes the asyncio listener, given what it calls once a query was accepted; it runs in the thread.

    Raises:
        ListenerError: `make` raised it.
        OSError, RuntimeError: the event loop or the thread cannot be had.
    """

    def __init__(self, make: Callable[[Callable[[], object]], AsyncListener[Accepted]]) -> None:
        self._ended = Event()
        self._closing = asyncio.Event()
        self._opened: Future[AsyncListener[Accepted]] = Future()
        self._accepted: Accepted | None = None
        self._loop = _new_loop()
        self._thread = Thread(target=self._serve, args=(make,), name="promptvm-oauth-callback", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            self._loop.close()
            raise
        self._listener = self._opened.result()
        self.redirect_uri: str = self._in_thread(lambda: self._listener.redirect_uri)

    def start_url(self, authorize_url: str) -> str:
        """Returns a URL of this listener that redirects to `authorize_url` once.

        Raises:
            ValueError: the URL is not printable ASCII.
            ListenerError: the listener was closed.
        """
        return self._in_thread(lambda: self._listener.start_url(authorize_url))

    async def wait(self, timeout: float) -> Accepted | None:
        """Waits for an accepted query; it also ends, with None, when another thread closes the listener."""
        deadline = time.monotonic() + timeout
        while self._thread.is_alive() and (left := deadline - time.monotonic()) > 0:
            if self._ended.wait(min(left, WAIT_SLICE)):
                break
        return self._accepted

    async def answer(self, outcome: Outcome) -> None:
        """Tells the browsers how it ended; the first outcome counts."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # it was closed meanwhile
                self._loop.call_soon_threadsafe(lambda: self._listener.answer_held(outcome))

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

    def _in_thread(self, ask: Callable[[], T]) -> T:
        """Runs a function in the serving thread and returns what it returns."""
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(ask())
            except Exception as error:  # noqa: BLE001 (it is raised where it was asked)
                answer.set_exception(error)

        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(run)
        while self._thread.is_alive() or answer.done():
            with suppress(TimeoutError):
                return answer.result(WAIT_SLICE)
        raise ListenerError("the listener was closed")

    def _serve(self, make: Callable[[Callable[[], object]], AsyncListener[Accepted]]) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve_until_closing(make))

    async def _serve_until_closing(self, make: Callable[[Callable[[], object]], AsyncListener[Accepted]]) -> None:
        try:
            listener = make(self._tell)
            listener.start()
        except BaseException as error:  # noqa: BLE001 (it is raised where the listener is opened)
            self._opened.set_exception(error)
            return
        self._opened.set_result(listener)
        await self._closing.wait()
        await listener.close()

    def _tell(self) -> None:
        self._accepted = self._listener.accepted
        self._ended.set()


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
        if address != HOST:
            checked_address(address)
        self._callback = partial(AsyncCallback, limits, theme=theme, address=address)

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> BlockingListener[Accepted]:
        """Opens a listener and starts its thread.

        Raises:
            ListenerError: none of the ports could be bound, or there is no thread or descriptor to serve it.
        """

        def make(on_accepted: Callable[[], object]) -> AsyncListener[Accepted]:
            return self._callback().listener(accept, ports, on_accepted)

        try:
            return BlockingListener(make)
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ListenerError(f"the listener cannot be served: {reason}") from error
