"""One exchange over httpx: what both colours do alike.

Every exchange has a client of its own, hence a fresh connection and no cookies: servers close idle connections, and a
POST on a stale one may or may not have been acted on.
"""

import ssl
from collections.abc import Callable
from typing import Any, TypedDict
from urllib.parse import urlsplit

import httpx

from ...ports.errors import TransportError
from ...ports.http import HttpRequest, HttpResponse
from .failures import describe
from .tls import TlsContext
from .user_agent import default_user_agent

_LAST_STATUS = 599


class ClientOptions(TypedDict):
    """The arguments of an httpx client, of either colour, for one exchange."""

    verify: ssl.SSLContext
    trust_env: bool
    follow_redirects: bool


class Exchange:
    """One request on its way, and what has arrived of its response.

    Attributes:
        status: the status once the head of the response has arrived.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.status: int | None = None
        self._request = request
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    def client_options(self, tls: TlsContext) -> ClientOptions:
        """Give the options of the client: nothing of the environment, proxies above all, on the way to loopback."""
        return {
            "verify": tls(https=self._request.url.lower().startswith("https:")),
            "trust_env": not self._request.to_loopback,
            "follow_redirects": False,
        }

    def outgoing(self, user_agent: str | None, *, trace: Callable[[str, Any], None] | None = None) -> httpx.Request:
        """Build the request; a body that comes compressed would be refused, so none is asked for.

        Raises:
            ValueError: the URL or a header cannot be sent; see `FAILURES`.
        """
        _ = urlsplit(self._request.url).port  # out of range it raises here, and no longer in the depths of a connect
        headers = httpx.Headers(
            {"User-Agent": user_agent or default_user_agent(), "Accept-Encoding": "identity", "Connection": "close"}
        )
        headers.update(self._request.headers)
        extensions: dict[str, Any] = {"timeout": httpx.Timeout(self._request.timeout).as_dict()}
        if trace is not None:
            extensions["trace"] = trace
        return httpx.Request(
            self._request.method,
            self._request.url,
            headers=headers,
            content=self._request.body,
            extensions=extensions,
        )

    def begin(self, response: httpx.Response) -> None:
        """Take the head of the response.

        Raises:
            TransportError: the status or the content encoding is none that was to be expected.
        """
        self.status = response.status_code
        if self.status > _LAST_STATUS:
            raise self._failure(f"{self._host} answered with a status that HTTP does not have")
        self._headers = dict(response.headers.items())
        if self._headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise self._failure(f"{self._host} sent a compressed answer that was not asked for")

    def add(self, chunk: bytes) -> None:
        """Take the next part of the body.

        Raises:
            TransportError: the body is larger than the request allows.
        """
        self._body += chunk
        if len(self._body) > self._request.max_body:
            raise self._failure(f"the answer of {self._host} is larger than {self._request.max_body} bytes")

    def finish(self) -> HttpResponse:
        """Give the complete response."""
        assert self.status is not None  # noqa: S101 - begin() came first
        return HttpResponse(self.status, self._headers, bytes(self._body))

    def failed(self, error: BaseException) -> TransportError:
        """Give the port's error for one of `FAILURES`."""
        return self._failure(
            describe(error, host=self._host, seconds=self._request.timeout, answering=self.status is not None)
        )

    def _failure(self, reason: str) -> TransportError:
        return TransportError(reason, status=self.status)

    @property
    def _host(self) -> str:
        try:
            return urlsplit(self._request.url).netloc.rpartition("@")[2] or "the server"
        except ValueError:
            return "the server"
