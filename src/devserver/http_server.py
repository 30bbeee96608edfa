"""The HTTP server on a loopback port: passes requests to an `AuthServer` and carries out delays and faults.

It limits the size and the duration of requests, and listens on 127.0.0.1 only.
"""

import os
import re
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

from .auth_server import AuthServer
from .exchange import Ending, Reply, Request
from .request_log import LogEntry
from .settings import Settings
from .strict_body import MAX_BODY

HOST = "127.0.0.1"

DIGITS = re.compile(r"[0-9]{1,18}")

REQUEST_TIMEOUT = 10.0
"""The greatest time in seconds that a connection may be idle or take to send a request."""

MAX_CONNECTIONS = 256

TICK = 0.05
"""The interval of the deadline checks in seconds; stopping takes as long."""


class DevServer:
    """A PromptVM server on a loopback port; a context manager that serves in the background.

    Args:
        port: the port to listen on; 0 means any free port.
        settings: the settings, which may be changed while it runs.
        log: called with the log entry of every request, from several threads.

    Attributes:
        auth: the logic, with settings, faults, log and the scripted user.
        base_url: the origin of both the API and the web app, without a trailing slash.

    Raises:
        OSError: the port cannot be bound.
    """

    def __init__(
        self, port: int = 0, settings: Settings | None = None, *, log: Callable[[LogEntry], None] | None = None
    ) -> None:
        self._listener = _Listener(port)
        self.base_url = f"http://{HOST}:{self._listener.server_port}"
        self.auth = AuthServer(settings=settings, app_url=self.base_url)
        self._listener.auth = self.auth
        self._listener.log = log
        self._thread = Thread(
            target=self._listener.serve_forever, args=(TICK,), name="promptvm-dev-server", daemon=True
        )

    def start(self) -> None:
        """Starts serving in the background."""
        self._thread.start()

    def close(self) -> None:
        """Stops, closes every connection and frees the port; further calls do nothing."""
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Listener(ThreadingHTTPServer):
    """Accepts connections, one thread each, and closes those that take too long."""

    daemon_threads = True
    block_on_close = False
    # On Windows the option would let a second process bind the same port.
    allow_reuse_address = os.name != "nt"
    request_queue_size = 128
    auth: AuthServer
    log: Callable[[LogEntry], None] | None = None

    def __init__(self, port: int) -> None:
        self.stopping = Event()
        self._guard = Lock()
        self._deadlines: dict[socket.socket, float] = {}
        super().__init__((HOST, port), _Exchange)

    def server_bind(self) -> None:
        """Binds the port without resolving this machine's name, which can take seconds."""
        socket.socket.bind(self.socket, self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()

    def await_request(self, connection: socket.socket) -> None:
        """Starts the deadline of the next request of a connection, `REQUEST_TIMEOUT` seconds from now."""
        with self._guard:
            self._deadlines[connection] = monotonic() + REQUEST_TIMEOUT

    def got_request(self, connection: socket.socket) -> None:
        """Removes the deadline of a connection while its request is processed."""
        with self._guard:
            self._deadlines[connection] = float("inf")

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401, ARG002 - socketserver's own types
        """Returns whether a connection may be accepted, false if there are too many."""
        with self._guard:
            return len(self._deadlines) < MAX_CONNECTIONS

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own types
        """Registers a connection before its thread starts, so that `server_close` can close it."""
        self.await_request(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - socketserver's own types
        """Unregisters a connection and closes it."""
        with self._guard:
            self._deadlines.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Closes connections whose deadline has passed, so that their threads end."""
        now = monotonic()
        self._break(lambda deadline: now >= deadline)

    def server_close(self) -> None:
        """Stops listening and closes every connection."""
        self.stopping.set()
        super().server_close()
        self._break(lambda _deadline: True)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own types
        """Shows unexpected errors only, not closed connections."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def _break(self, due: Callable[[float], bool]) -> None:
        with self._guard:
            for connection, deadline in self._deadlines.items():
                if due(deadline):
                    _hang_up(connection)


class _Exchange(BaseHTTPRequestHandler):
    """Reads requests from one connection and writes the replies."""

    protocol_version = "HTTP/1.1"
    server_version = "PromptVM-dev-server"
    sys_version = ""
    timeout = REQUEST_TIMEOUT
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def serve(self) -> None:
        """Answers one request of any method."""
        listener = cast("_Listener", self.server)
        request = self._read()
        if request is None:
            self.close_connection = True
            return
        listener.got_request(self.connection)
        reply, entry = listener.auth.handle_logged(request)
        if listener.log is not None:
            listener.log(entry)
        if reply.ending is Ending.DROPPED or listener.stopping.wait(reply.delay):
            self.close_connection = True
            return
        self._write(reply)
        listener.await_request(self.connection)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Prints nothing; `DevServer` has a log of its own."""

    def _read(self) -> Request | None:
        """Reads the rest of a request; returns None if it is incomplete or has been refused."""
        problem = self._problem()
        if problem is not None:
            self.close_connection = True
            self._write(Reply(problem, {"Content-Type": "text/plain"}, f"{problem.phrase}\n".encode()))
            return None
        length = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:
            return None
        path, _, query = self.path.partition("?")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}, {value}"
        return Request(self.command, path, query, headers, body)

    def _problem(self) -> HTTPStatus | None:
        """Returns the status to refuse a request with because of its head, or None."""
        hosts = self.headers.get_all("host", [])
        lengths = self.headers.get_all("content-length", ["0"])
        if len(hosts) != 1 or len(lengths) != 1 or not self.path.startswith("/") or not DIGITS.fullmatch(lengths[0]):
            return HTTPStatus.BAD_REQUEST
        if not _names_loopback(hosts[0]):
            return HTTPStatus.MISDIRECTED_REQUEST
        if "transfer-encoding" in self.headers:
            return HTTPStatus.LENGTH_REQUIRED
        if int(lengths[0]) > MAX_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return None

    def _write(self, reply: Reply) -> None:
        cut = reply.ending is Ending.CUT
        self.close_connection = self.close_connection or cut
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
        self.wfile.flush()


def _names_loopback(authority: str) -> bool:
    """Returns whether a Host header names a loopback host, as a defence against DNS rebinding."""
    try:
        host = urlsplit(f"//{authority}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _hang_up(connection: socket.socket) -> None:
    """Shuts a connection down, so that the thread that reads from it wakes up and closes it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
