"""One browser connection without its socket: bytes in, at most one answer out (HTTP/1.1, RFC 9112, parsed by h11).

A connection carries one request. What follows it on the same socket is never read as a second one, and nothing of the
request's headers is kept: the cookies of every other server on this machine come along.
"""

from http import HTTPStatus
from typing import Any

import h11
from attrs import frozen

from ...ports.timeouts import (
    CALLBACK_FAREWELL,
    CALLBACK_LINGER,
    CALLBACK_PARTING,
    CALLBACK_REQUEST,
    CALLBACK_SILENCE,
)
from .pages import Reply
from .rules import Rules

MAX_HEAD = 16 * 1024
"""Bytes of a request line with its headers."""

TLS_HANDSHAKE = b"\x16\x03"
"""How a TLS client begins (RFC 8446 §5.1): a browser that insists on https sends it."""


@frozen
class Limits:
    """What connections may take. Times are in seconds; `close` takes at most `farewell` and `parting` together.

    Attributes:
        connections: open at once, fewer where the process may open few descriptors; one more and the one that was
            silent for longest is closed.
        silence: without a byte of the request.
        request: from opening to the end of the request's headers.
        linger: for the browser to read an answer and close.
        farewell: for the result page to be fetched while `close` is waiting.
        parting: for answers that are on their way when the listener stops.
    """

    connections: int = 100
    silence: float = CALLBACK_SILENCE
    request: float = CALLBACK_REQUEST
    linger: float = CALLBACK_LINGER
    farewell: float = CALLBACK_FAREWELL
    parting: float = CALLBACK_PARTING

    def reading_deadline(self, opened: float, active: float) -> float:
        """Say when to give up on a request, given when its connection was opened and when its last byte arrived."""
        return min(opened + self.request, active + self.silence)


class Connection:
    """One connection.

    Attributes:
        reading: whether its request is not complete yet.
        held: whether its request is waiting for the outcome.
    """

    def __init__(self, rules: Rules[Any]) -> None:
        self.reading = True
        self.held = False
        self._rules = rules
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._room = MAX_HEAD + 1  # one byte over the limit is what makes h11 refuse
        self._head_only = False

    def receive(self, data: bytes) -> bytes:
        """Take what has arrived.

        Args:
            data: at least one byte.

        Returns:
            The complete answer, after which the connection is to be closed. Nothing if more bytes are needed, if the
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
        """Give the complete answer to a held request, once the rules know the outcome."""
        self.held = False
        return self._send(self._rules.release())

    def _respond(self, request: h11.Request) -> bytes:
        self.reading = False
        self._head_only = request.method == b"HEAD"
        host = next((value for name, value in request.headers if name == b"host"), b"")
        reply = self._rules.respond(request.method.decode(), request.target.decode(), host.decode("latin-1"))
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
