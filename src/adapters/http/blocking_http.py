"""HTTP for blocking callers, over httpx.

The exchange runs in a thread, since name resolution and slow responses have no deadline otherwise.
"""

from collections.abc import Mapping
from contextlib import closing, suppress
from socket import SHUT_RDWR, socket
from typing import Any

import httpx

from ...ports.http import HttpRequest, HttpResponse
from ..system.deadline import call_within
from .exchange import Exchange
from .failures import FAILURES, system_error
from .tls import TlsContext


class BlockingHttp:
    """The HTTP port for blocking flows; it keeps only the TLS context between exchanges.

    Args:
        user_agent: the User-Agent, which the server shows in the user's list of sessions; None names the program.
    """

    def __init__(self, *, user_agent: str | None = None) -> None:
        self._user_agent = user_agent
        self._tls = TlsContext()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Sends a request once and returns the whole response.

        Raises:
            TransportError: no complete response within `request.timeout` seconds and `request.max_body` bytes.
        """
        exchange = Exchange(request)
        connection = _Connection()

        def run() -> HttpResponse:
            return self._run(exchange, connection)

        try:
            return call_within(request.timeout, run, abandon=connection.abandon)
        except FAILURES as error:
            raise exchange.failed(error) from system_error(error)

    async def close(self) -> None:
        """Does nothing, since no connection stays open."""

    def _run(self, exchange: Exchange, connection: "_Connection") -> HttpResponse:
        outgoing = exchange.outgoing(self._user_agent, trace=connection.trace)
        with (
            httpx.Client(**exchange.client_options(self._tls)) as client,
            closing(client.send(outgoing, stream=True)) as response,
        ):
            exchange.begin(response)
            for chunk in response.iter_raw():
                exchange.add(chunk)
        return exchange.finish()


class _Abandoned(Exception):
    """The caller no longer waits for the exchange."""


class _Connection:
    """The connection of an exchange, from httpx's trace extension, which another thread can close."""

    def __init__(self) -> None:
        self._socket: socket | None = None
        self._abandoned = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Records the socket, and raises before an abandoned request is sent: a refresh would use up its token."""
        stream = info.get("return_value")
        if event.endswith(("connect_tcp.complete", "start_tls.complete")) and stream is not None:
            self._socket = stream.get_extra_info("socket")
        if self._abandoned and event.endswith("send_request_headers.started"):
            raise _Abandoned

    def abandon(self) -> None:
        """Shuts the connection down, which ends a read in the other thread."""
        self._abandoned = True
        if self._socket is not None:
            with suppress(OSError):
                # The method of a TLS socket would also delete state that the other thread uses.
                socket.shutdown(self._socket, SHUT_RDWR)
