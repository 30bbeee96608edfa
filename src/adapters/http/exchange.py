"""One exchange over httpx: the common part of the blocking and the asynchronous adapter.

Every exchange has its own client, hence a new connection and no cookies: servers close idle connections, and it is
unknown whether a POST on a closed connection was processed.
"""

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any, TypedDict
from urllib.parse import urlsplit

import httpx

from ...ports.errors import TransportError, UnreadableResponse, UntrustedCertificate
from ...ports.http import HttpRequest, HttpResponse
from .decoding import TooLargeError, UnknownEncodingError, decoded
from .failures import describe, system_error
from .proxies import blame, proxy_of
from .tls import TlsContext
from .tracing import trace_exchange
from .user_agent import default_user_agent

_LAST_STATUS = 599
_OK = range(200, 300)


class ClientOptions(TypedDict):
    """The arguments of an httpx client for one exchange."""

    verify: ssl.SSLContext
    trust_env: bool
    follow_redirects: bool


class Exchange:
    """One request and the part of its response that has arrived.

    Attributes:
        status: the status, once the head of the response has arrived.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.status: int | None = None
        self._began = time.monotonic()
        self._request = request
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    def client_options(self, tls: TlsContext) -> ClientOptions:
        """Returns the options of the client; a request to loopback ignores the proxies of the environment."""
        return {
            "verify": tls(https=self._request.url.lower().startswith("https:")),
            "trust_env": not self._request.to_loopback,
            "follow_redirects": False,
        }

    def outgoing(self, user_agent: str | None, *, trace: Callable[[str, Any], None] | None = None) -> httpx.Request:
        """Returns the request to send, which asks for a response without compression.

        Args:
            user_agent: the User-Agent; None names the running program.
            trace: called with the events of httpx's trace extension.

        Raises:
            ValueError: the URL or a header is invalid.
        """
        _ = urlsplit(self._request.url).port  # raises here if out of range, and not inside connect
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
        """Records the head of the response.

        Raises:
            TransportError: the status is invalid.
        """
        self.status = response.status_code
        if self.status > _LAST_STATUS:
            raise self._failure(f"{self._host} answered with an invalid HTTP status")
        self._headers = dict(response.headers.items())

    def add(self, chunk: bytes) -> None:
        """Records the next part of the body.

        Raises:
            TransportError: the body is larger than the request allows.
        """
        self._body += chunk
        if len(self._body) > self._request.max_body:
            raise self._failure(f"the answer of {self._host} is larger than {self._request.max_body} bytes")

    def finish(self) -> HttpResponse:
        """Returns the complete response, with its body decoded.

        Raises:
            TransportError: the decoded body is larger than the request allows, or its encoding is unknown;
                `UnreadableResponse` if the status is a success.
        """
        assert self.status is not None  # noqa: S101 - begin() came first
        encoding, most = self._headers.get("content-encoding", ""), self._request.max_body
        try:
            body = decoded(bytes(self._body), encoding, most)
        except TooLargeError:
            raise self._failure(f"the compressed answer of {self._host} is larger than {most} bytes") from None
        except UnknownEncodingError:
            reason = f"{self._host} sent an answer that is compressed in an unknown way, or damaged"
            if self.status not in _OK:
                raise self._failure(reason) from None
            raise self._failure(f"{reason}; tell the server's operator", UnreadableResponse) from None
        self._trace(status=self.status, size=len(self._body))
        return HttpResponse(self.status, self._headers, body)

    def failed(self, error: BaseException) -> TransportError:
        """Returns the `TransportError` for one of `FAILURES`."""
        proxy = None if self.status is not None else proxy_of(self._request.url, error)
        if proxy is not None and (blamed := blame(error, proxy, self._host)) is not None:
            return blamed
        reason = describe(error, host=self._host, seconds=self._request.timeout, answering=self.status is not None)
        system = system_error(error)
        untrusted = isinstance(system, ssl.SSLCertVerificationError)
        types = dict.fromkeys(type(each).__name__ for each in (error, system) if each is not None)
        return self._failure(reason, UntrustedCertificate if untrusted else TransportError, types)

    def _failure(
        self, reason: str, kind: type[TransportError] = TransportError, causes: Iterable[str] = ()
    ) -> TransportError:
        self._trace(status=self.status, error=kind.__name__, reason=reason, causes=", ".join(causes))
        return kind(reason, status=self.status)

    def _trace(self, **outcome: object) -> None:
        trace_exchange(self._request, time.monotonic() - self._began, **outcome)

    @property
    def _host(self) -> str:
        try:
            return urlsplit(self._request.url).netloc.rpartition("@")[2] or "the server"
        except ValueError:
            return "the server"
