"""HTTP for asynchronous callers, over httpx."""

import asyncio

import httpx

from ...ports.http import HttpRequest, HttpResponse
from .exchange import Exchange
from .failures import FAILURES, system_error
from .tls import TlsContext


class AsyncHttp:
    """The HTTP port for asynchronous flows; it keeps only the TLS context between exchanges.

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
        try:
            async with asyncio.timeout(request.timeout):
                return await self._run(exchange)
        except FAILURES as error:
            raise exchange.failed(error) from system_error(error)

    async def close(self) -> None:
        """Does nothing, since no connection stays open."""

    async def _run(self, exchange: Exchange) -> HttpResponse:
        async with httpx.AsyncClient(**exchange.client_options(self._tls)) as client:
            response = await client.send(exchange.outgoing(self._user_agent), stream=True)
            try:
                exchange.begin(response)
                async for chunk in response.aiter_raw():
                    exchange.add(chunk)
            finally:
                await response.aclose()
        return exchange.finish()
