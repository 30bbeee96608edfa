"""The callback port for blocking callers: a daemon thread runs an `AsyncListener`, and the caller waits."""

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

from ...ports.callback import Accept, Accepted, Admit, Outcome, always
from ...ports.errors import ListenerError
from ...ports.timeouts import CALLBACK_CLOSE, WAIT_SLICE
from .connection import Limits
from .listener import AsyncCallback, AsyncListener
from .page_theme import PageTheme
from .rules import HOST, checked_address

T = TypeVar("T")


class BlockingListener(Generic[Accepted]):
    """An open `CallbackListener`. Its methods may be called from any thread.

    The asyncio listener is used only in its own daemon thread: every method that needs it runs there. In a process
    that was forked after the listener was opened, the thread does not exist: no request is answered, and no method
    waits.

    Args:
        make: makes the asyncio listener; its argument is the function to call once a query is accepted. It runs in the
            thread.

    Raises:
        ListenerError: `make` raised it.
        OSError, RuntimeError: the event loop or the thread could not be created.
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
        try:
            self._listener = self._opened.result()
        except BaseException:
            self._thread.join()  # so that what it had is free again
            raise
        self.redirect_uri: str = self._in_thread(lambda: self._listener.redirect_uri)

    def start_url(self, authorize_url: str, admit: Admit = always) -> str:
        """Returns a URL of this listener that redirects to `authorize_url`, as in the port.

        Raises:
            ValueError: the URL is not printable ASCII.
            ListenerError: the listener was closed.
        """
        return self._in_thread(lambda: self._listener.start_url(authorize_url, admit))

    async def wait(self, timeout: float) -> Accepted | None:
        """Waits for an accepted query; returns None after the timeout or once another thread closes the listener."""
        deadline = time.monotonic() + timeout
        while self._thread.is_alive() and (left := deadline - time.monotonic()) > 0:
            if self._ended.wait(min(left, WAIT_SLICE)):
                break
        return self._accepted

    async def answer(self, outcome: Outcome) -> None:
        """Shows the outcome to the waiting browsers and to later ones; every call but the first is ignored."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # the loop was closed in the meantime
                self._loop.call_soon_threadsafe(lambda: self._listener.answer_held(outcome))

    async def close(self) -> None:
        """Stops listening and waits at most one second for the thread to end."""
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
        """Runs a function in the listener's thread and returns its result.

        Raises:
            ListenerError: the listener was closed.
            Exception: whatever the function raised.
        """
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(ask())
            except Exception as error:  # noqa: BLE001 (it is raised in the calling thread)
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
        except BaseException as error:  # noqa: BLE001 (it is raised in the thread that opens the listener)
            self._opened.set_exception(error)
            return
        self._opened.set_result(listener)
        await self._closing.wait()
        await listener.close()

    def _tell(self) -> None:
        self._accepted = self._listener.accepted
        self._ended.set()


def _new_loop() -> asyncio.AbstractEventLoop:
    """Returns a selector event loop, which every system has, whatever event loop policy the host program has set.

    Raises:
        OSError: the process has no descriptor left for it.
    """
    selector = DefaultSelector()
    try:
        for end in socket.socketpair():  # as the loop needs; if its constructor fails, it writes to stderr
            end.close()
    except BaseException:
        selector.close()
        raise
    return asyncio.SelectorEventLoop(selector)


class BlockingCallback:
    """Opens listeners that each run in a thread of their own.

    Args:
        limits: how many connections may be open, and for how long; the defaults of `Limits` if None.
        theme: the appearance and the texts of the pages; the defaults of `PageTheme` if None.
        address: `127.0.0.1`, or `::1` for a server that accepts only a redirect URI with it (RFC 8252 §7.3).

    Raises:
        ValueError: `address` is another address or a name.
    """

    def __init__(self, limits: Limits | None = None, *, theme: PageTheme | None = None, address: str = HOST) -> None:
        if address != HOST:
            checked_address(address)
        self._callback = partial(AsyncCallback, limits, theme=theme, address=address)

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> BlockingListener[Accepted]:
        """Opens a listener and starts its thread.

        Raises:
            ListenerError: none of the ports could be bound; the text names them. Or the system has no thread or
                descriptor left for the listener.
        """

        def make(on_accepted: Callable[[], object]) -> AsyncListener[Accepted]:
            return self._callback().listener(accept, ports, on_accepted)

        try:
            return BlockingListener(make)
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ListenerError(f"the listener could not be started: {reason}") from error
