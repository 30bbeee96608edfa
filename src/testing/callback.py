"""The callback port without sockets: a test acts as the browser by calling `deliver`."""

import secrets
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Generic
from urllib.parse import urlsplit

from ..ports.callback import Accept, Accepted, Admit, Outcome, always
from ..ports.clock import Clock
from ..ports.errors import ListenerError

FIRST_PORT = 49152
"""The first port that is chosen if the caller names none: the start of the dynamic range (RFC 6335 §6)."""

STEP = 0.05
"""Seconds on the clock between two checks for a delivered redirect."""


class FakeListener(Generic[Accepted]):
    """A `CallbackListener` of a `FakeCallback`."""

    def __init__(self, callback: "FakeCallback", port: int, accept: Accept[Accepted]) -> None:
        self.port = port
        self.redirect_uri = f"http://127.0.0.1:{port}/callback"
        self._callback = callback
        self._accept = accept
        self._accepted: Accepted | None = None
        self._closed = False
        self._answered = False

    def start_url(self, authorize_url: str, admit: Admit = always) -> str:
        """Returns a local URL that `FakeCallback.follow` resolves to `authorize_url`, if the visit is admitted."""
        url = f"http://127.0.0.1:{self.port}/start/{secrets.token_hex(16)}"
        self._callback.start_urls[url] = lambda: (
            authorize_url if not self._closed and self._accepted is None and admit() else None
        )
        return url

    async def wait(self, timeout: float) -> Accepted | None:
        """Returns what was accepted; until then sleeps on the clock, for up to `timeout` seconds."""
        clock = self._callback.clock
        deadline = clock.monotonic() + timeout
        while self._accepted is None and not self._closed and (left := deadline - clock.monotonic()) > 0:
            await clock.sleep(min(left, STEP))
        return self._accepted

    async def answer(self, outcome: Outcome) -> None:
        """Records the outcome in `FakeCallback.outcomes`; every call but the first is ignored."""
        if not self._answered:
            self._answered = True
            self._callback.outcomes.append(outcome)

    async def close(self) -> None:
        """Frees the port."""
        self._closed = True
        self._callback.listeners.pop(self.port, None)

    def offer(self, query: str) -> bool:
        """Returns whether this query ends the wait."""
        if self._accepted is None:
            self._accepted = self._accept(query)
            return self._accepted is not None
        return False


class FakeCallback:
    """Opens listeners that only `deliver` reaches.

    Args:
        clock: the clock on which a listener waits; with a fake one every wait is instant.

    Attributes:
        outcomes: the outcomes that browsers were shown, in order.
        listeners: the open listeners by port.
        start_urls: the start URLs, each with a function that visits it and returns the URL of its redirect, or None.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.outcomes: list[Outcome] = []
        self.listeners: dict[int, FakeListener[Any]] = {}
        self.start_urls: dict[str, Callable[[], str | None]] = {}
        self._free = count(FIRST_PORT)

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> FakeListener[Accepted]:
        """Opens a listener that only `deliver` reaches.

        Raises:
            ListenerError: a listener is already open on each of the ports.
        """
        port = next((port for port in ports or self._free if port not in self.listeners), None)
        if port is None:
            raise ListenerError(f"no listener could be opened: {', '.join(map(str, ports))} are in use")
        listener = FakeListener(self, port, accept)
        self.listeners[port] = listener
        return listener

    def deliver(self, url: str) -> bool:
        """Acts as a browser that was redirected to a URL.

        Args:
            url: the redirect URI with a query.

        Returns:
            Whether this ended the wait of an open listener.
        """
        target = urlsplit(url)
        listener = self.listeners.get(target.port or 0)
        arrives = listener is not None and url.partition("?")[0] == listener.redirect_uri
        return arrives and listener is not None and listener.offer(target.query)

    def follow(self, start_url: str) -> str | None:
        """Acts as a browser that opens a start URL; returns the target of its redirect, None if it receives none."""
        visit = self.start_urls.get(start_url)
        return None if visit is None else visit()
