"""The HTTP port: one request, one complete response."""

from collections.abc import Mapping
from typing import Never, Protocol
from urllib.parse import urlsplit

from attrs import field, frozen

from .loopback import is_loopback
from .timeouts import HTTP_EXCHANGE

MAX_BODY = 1024 * 1024
"""The largest response body that is read, in bytes: 1 MiB."""


@frozen
class HttpRequest:
    """One request; `repr` shows neither URL, headers nor body, since they may hold secrets.

    Attributes:
        method: `GET`, `POST` or `DELETE`.
        url: an absolute http(s) URL that the domain has validated.
        headers: by name; a name is sent as it is written.
        body: the bytes to send, or None.
        timeout: seconds for the whole exchange.
        max_body: the largest response body, decoded, in bytes; a larger one makes the exchange fail.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float = HTTP_EXCHANGE
    max_body: int = MAX_BODY

    def __reduce__(self) -> Never:
        raise TypeError("a request may hold secrets and cannot be pickled")

    @property
    def to_loopback(self) -> bool:
        """Whether the request stays on this machine; if so, it uses no proxy."""
        return is_loopback(urlsplit(self.url).hostname)


@frozen
class HttpResponse:
    """One complete response.

    Attributes:
        status: 100 to 599.
        headers: by name in lower case; values of a repeated name are joined by a comma and a space.
        body: decoded as `Content-Encoding` says.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)


class Http(Protocol):
    """Sends requests. Several threads, or tasks, may use it at once."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Sends a request once and returns the whole response, whatever its status.

        Never follows a redirect, never retries, sends no cookies, and uses no proxy if `request.to_loopback`.

        Raises:
            TransportError: no complete response within `request.timeout` seconds and `request.max_body` bytes.
        """
        ...

    async def close(self) -> None:
        """Releases all resources. May be called more than once."""
        ...
