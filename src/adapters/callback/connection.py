"""The HTTP/1.1 protocol of one browser connection, without its socket (RFC 9112, parsed by h11).

A connection serves one request. Bytes after it are never read as a second request. No header of the request is stored:
the browser sends the cookies of every other server on this machine too.
"""

from http import HTTPStatus
from typing import Any

import h11
from attrs import frozen

from ...ports.timeouts import (
    CALLBACK_DOUBLE_CLICK,
    CALLBACK_FAREWELL,
    CALLBACK_LINGER,
    CALLBACK_PARTING,
    CALLBACK_REQUEST,
    CALLBACK_SILENCE,
)
from .pages import Reply
from .rules import Rules

MAX_HEAD = 64 * 1024
"""The most bytes of a request line together with its headers: cookies of other programs at this address come along."""

_AHEAD = frozenset({b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"})
"""The headers with which browsers mark a request ahead of their user, such as `Sec-Purpose: prefetch;prerender`."""

TLS_HANDSHAKE = b"\x16\x03"
"""The first bytes of a TLS client (RFC 8446 §5.1), such as a browser that replaces http by https."""


@frozen
class Limits:
    """How many connections may be open, and for how long.

    Times are in seconds. `close` takes at most `farewell` and `parting` together.

    Attributes:
        connections: the most that are open at once, fewer where the process may open few descriptors. Beyond it, the
            connection that has been silent for longest is closed.
        silence: the longest time without a byte of the request.
        request: the longest time from the opening of the connection to the end of the request's headers.
        linger: the longest time for the browser to read an answer and close the connection.
        farewell: how long `close` waits for a browser to fetch the result page.
        parting: how long `close` then waits for answers that are being sent.
        double_click: how long after the first answer `close` stays for a second one; at most `farewell`.
    """

    connections: int = 100
    silence: float = CALLBACK_SILENCE
    request: float = CALLBACK_REQUEST
    linger: float = CALLBACK_LINGER
    farewell: float = CALLBACK_FAREWELL
    parting: float = CALLBACK_PARTING
    double_click: float = CALLBACK_DOUBLE_CLICK

    def reading_deadline(self, opened: float, active: float) -> float:
        """Returns the time at which an incomplete request has expired.

        Args:
            opened: when its connection was opened.
            active: when its last byte arrived.
        """
        return min(opened + self.request, active + self.silence)


class Connection:
    """One connection.

    Args:
        rules: decide how a request is answered.

    Attributes:
        reading: whether its request is not complete yet.
        held: whether its request waits for the outcome of the login.
    """

    def __init__(self, rules: Rules[Any]) -> None:
        self.reading = True
        self.held = False
        self._rules = rules
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._room = MAX_HEAD + 1  # h11 refuses only what is one byte over the limit
        self._head_only = False

    def receive(self, data: bytes) -> bytes:
        """Reads bytes of the request, and answers it once it is complete or is refused.

        Args:
            data: at least one byte.

        Returns:
            The complete answer, after which the caller closes the connection. Empty if more bytes are needed, if the
            request is now held, or if it was answered before.
        """
        if not self.reading:
            return b""
        if self._room > MAX_HEAD and data.startswith(TLS_HANDSHAKE):
            return self._send(self._rules.pages.not_https)
        data = data[: self._room]
        self._room -= len(data)
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            pages = self._rules.pages
            return self._send(
                pages.too_large if error.error_status_hint == pages.too_large.status else pages.unreadable
            )
        return self._respond(event) if isinstance(event, h11.Request) else b""

    def release(self) -> bytes:
        """Returns the complete answer to a held request; `Rules.answer` was called before."""
        self.held = False
        return self._send(self._rules.release())

    def _respond(self, request: h11.Request) -> bytes:
        self.reading = False
        self._head_only = request.method == b"HEAD"
        host = next((value for name, value in request.headers if name == b"host"), b"")
        ahead = any(name in _AHEAD and b"pre" in value.lower() for name, value in request.headers)
        method, target = request.method.decode(), request.target.decode()
        reply = self._rules.respond(method, target, host.decode("latin-1"), ahead=ahead)
        if reply is None:
            self.held = True
            return b""
        return self._send(reply)

    def _send(self, reply: Reply) -> bytes:
        self.reading = False
        head = h11.Response(
            status_code=reply.status, headers=list(reply.headers), reason=HTTPStatus(reply.status).phrase.encode()
        )
        body = [] if self._head_only else [h11.Data(data=reply.body)]
        return b"".join(self._http.send(event) or b"" for event in (head, *body, h11.EndOfMessage()))
