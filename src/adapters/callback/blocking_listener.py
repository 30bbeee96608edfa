"""The callback port for blocking callers: one background thread serves, the caller waits."""

import threading
import time
from collections.abc import Sequence
from typing import Generic

from ...ports.callback import Accept, Accepted, Outcome
from ...ports.timeouts import WAIT_SLICE
from .connection import Limits
from .listening_socket import bind
from .page_theme import PageTheme
from .pages import Pages
from .rules import CALLBACK, HOST, Rules, checked_address
from .serving import ServingThread


class BlockingListener(Generic[Accepted]):
    """An open listener, see `CallbackListener`. Its methods may be called from any thread."""

    def __init__(
        self, accept: Accept[Accepted], ports: Sequence[int], limits: Limits, pages: Pages, address: str
    ) -> None:
        listening = bind(ports, address)
        self._ended = threading.Event()
        self._rules = Rules(listening.getsockname()[1], accept, self._ended.set, pages, address=address)
        self._serving = ServingThread(listening, self._rules, limits)

    @property
    def redirect_uri(self) -> str:
        """See `CallbackListener.redirect_uri`."""
        return self._rules.origin + CALLBACK

    def start_url(self, authorize_url: str) -> str:
        """See `CallbackListener.start_url`; raises ValueError for a URL that is not printable ASCII."""
        return self._rules.start_url(authorize_url)

    async def wait(self, timeout: float) -> Accepted | None:
        """See `CallbackListener.wait`; it also ends, with None, when another thread closes the listener."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0 and not self._ended.wait(min(left, WAIT_SLICE)):
            pass
        return self._rules.accepted

    async def answer(self, outcome: Outcome) -> None:
        """See `CallbackListener.answer`; the first outcome counts."""
        self._serving.answer(outcome)

    async def close(self) -> None:
        """See `CallbackListener.close`."""
        self._ended.set()
        self._serving.close()


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
        """See `CallbackPort.open`.

        Raises:
            ListenerError: none of the ports could be bound; the text names them.
        """
        return BlockingListener(accept, ports, self._limits, self._pages, self._address)
