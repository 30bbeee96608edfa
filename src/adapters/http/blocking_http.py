"""HTTP for blocking callers, over httpx.

The exchange runs in a thread, since neither name resolution nor a response that drips has a deadline otherwise.
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
    """The http port for blocking flows; it holds nothing between two exchanges but the TLS context.

    Args:
        user_agent: says which program this is, beside the user's session; None means the name of the running program.
    """

    def __init__(self, *, user_agent: str | None = None) -> None:
        self._user_agent = user_agent
        self._tls = TlsContext()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send it once and read the whole response.

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
        """Nothing is held."""

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
    """Nobody waits for the exchange any more."""


class _Connection:
    """The connection of an exchange, as httpx's trace extension shows it, so that another thread can end it."""

    def __init__(self) -> None:
        self._socket: socket | None = None
        self._abandoned = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Keep the socket; send nothing that nobody waits for: a refresh would spend a token that is never stored."""
        stream = info.get("return_value")
        if event.endswith(("connect_tcp.complete", "start_tls.complete")) and stream is not None:
            self._socket = stream.get_extra_info("socket")
        if self._abandoned and event.endswith("send_request_headers.started"):
            raise _Abandoned

    def abandon(self) -> None:
        """Make whatever reads from the connection see its end."""
        self._abandoned = True
        if self._socket is not None:
            with suppress(OSError):
                # The method of a TLS socket would also drop the state that the other thread is reading with.
                socket.shutdown(self._socket, SHUT_RDWR)
