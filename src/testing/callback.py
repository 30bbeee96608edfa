"""The callback port without sockets: a test plays the browser by calling `deliver`."""

import secrets
from collections.abc import Sequence
from itertools import count
from typing import Any, Generic
from urllib.parse import urlsplit

from ..ports.callback import Accept, Accepted, Outcome
from ..ports.clock import Clock
from ..ports.errors import ListenerError

FIRST_PORT = 49152
"""Where the ports that nobody named begin: the first of the dynamic ones (RFC 6335 §6)."""

STEP = 0.05
"""Seconds of the clock between two looks at whether something was delivered."""


class FakeListener(Generic[Accepted]):
    """A listener of a `FakeCallback`, see `CallbackListener`."""

    def __init__(self, callback: "FakeCallback", port: int, accept: Accept[Accepted]) -> None:
        self.port = port
        self.redirect_uri = f"http://127.0.0.1:{port}/callback"
        self._callback = callback
        self._accept = accept
        self._accepted: Accepted | None = None
        self._closed = False

    def start_url(self, authorize_url: str) -> str:
        """See `CallbackListener.start_url`; `FakeCallback.follow` leads on from it."""
        url = f"http://127.0.0.1:{self.port}/start/{secrets.token_hex(16)}"
        self._callback.start_urls[url] = authorize_url
        return url

    async def wait(self, timeout: float) -> Accepted | None:
        """Give what was delivered; until something is, sleep on the clock, for `timeout` seconds at the most."""
        clock = self._callback.clock
        deadline = clock.monotonic() + timeout
        while self._accepted is None and not self._closed and (left := deadline - clock.monotonic()) > 0:
            await clock.sleep(min(left, STEP))
        return self._accepted

    async def answer(self, outcome: Outcome) -> None:
        """Record the outcome."""
        self._callback.outcomes.append(outcome)

    async def close(self) -> None:
        """Free the port."""
        self._closed = True
        self._callback.listeners.pop(self.port, None)

    def offer(self, query: str) -> bool:
        """Say whether this query ends the wait."""
        if self._accepted is None:
            self._accepted = self._accept(query)
            return self._accepted is not None
        return False


class FakeCallback:
    """Opens listeners that only `deliver` reaches.

    Args:
        clock: what a listener sleeps on while nothing is delivered; a fake one makes every wait instant.

    Attributes:
        outcomes: what the browsers were told, in order.
        listeners: the open listeners by port.
        start_urls: the start URLs that were not followed yet, with the URLs that they lead to.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.outcomes: list[Outcome] = []
        self.listeners: dict[int, FakeListener[Any]] = {}
        self.start_urls: dict[str, str] = {}
        self._free = count(FIRST_PORT)

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> FakeListener[Accepted]:
        """See `CallbackPort.open`.

        Raises:
            ListenerError: a listener is open on each of the ports.
        """
        port = next((port for port in ports or self._free if port not in self.listeners), None)
        if port is None:
            raise ListenerError(f"no listener could be opened: {', '.join(map(str, ports))} are taken")
        listener = FakeListener(self, port, accept)
        self.listeners[port] = listener
        return listener

    def deliver(self, url: str) -> bool:
        """Play the browser that was redirected to a URL.

        Args:
            url: a redirect URI with a query.

        Returns:
            Whether this ended the wait of an open listener.
        """
        target = urlsplit(url)
        listener = self.listeners.get(target.port or 0)
        arrives = listener is not None and url.partition("?")[0] == listener.redirect_uri
        return arrives and listener is not None and listener.offer(target.query)

    def follow(self, start_url: str) -> str | None:
        """Play the browser that opens a start URL; give where it leads, or None if it leads nowhere any more."""
        return self.start_urls.pop(start_url, None)
