"""The HTTP port: one request, one complete response."""

from collections.abc import Mapping
from typing import Never, Protocol
from urllib.parse import urlsplit

from attrs import field, frozen

from .loopback import is_loopback
from .timeouts import HTTP_EXCHANGE

MAX_BODY = 1024 * 1024
"""Bytes of a response body that are read at the most: 1 MiB."""


@frozen
class HttpRequest:
    """One request; neither headers nor body are shown by `repr`, since both may hold secrets.

    Attributes:
        method: `GET`, `POST` or `DELETE`.
        url: an absolute http(s) URL that the domain has validated.
        headers: names as they are sent.
        body: the bytes to send, or None.
        timeout: seconds for the whole exchange.
        max_body: bytes of the response body, decoded, before the exchange fails.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float = HTTP_EXCHANGE
    max_body: int = MAX_BODY

    def __reduce__(self) -> Never:
        raise TypeError("a request may hold secrets and is not pickled")

    @property
    def to_loopback(self) -> bool:
        """Whether the request stays on this machine; if so it goes through no proxy."""
        return is_loopback(urlsplit(self.url).hostname)


@frozen
class HttpResponse:
    """One complete response.

    Attributes:
        status: 100 to 599.
        headers: names in lower case; repeated ones are joined by a comma and a space.
        body: decoded as `Content-Encoding` says.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)


class Http(Protocol):
    """Sends requests. May be used by several threads (or tasks) at once."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send it once and read the whole response.

        Never follows a redirect, never retries, never uses a proxy where `request.to_loopback`, sends no cookies.

        Raises:
            TransportError: no complete response within `request.timeout` seconds and `request.max_body` bytes.
        """
        ...

    async def close(self) -> None:
        """Release what is held; more than once does no harm."""
        ...
