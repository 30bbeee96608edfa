"""A server that sends exact bytes, for testing HTTP adapters against faulty responses."""

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Self

from ..ports.http import HttpResponse

Script = Callable[[socket.socket], None]
"""Answers one connection after its request was read; the connection is closed when it returns or raises OSError."""

_IDLE = 5.0
_PAUSE = 0.02


def reply(data: bytes) -> Script:
    """Returns a script that sends exactly these bytes."""
    return lambda connection: connection.sendall(data)


def drip(data: bytes) -> Script:
    """Returns a script that sends these bytes, then one byte after the other until the client closes."""
    never = Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(data)
        while not never.wait(_PAUSE):
            connection.sendall(b"x")

    return script


def flood(connection: socket.socket) -> None:
    """Sends a body without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def respond(response: HttpResponse) -> Script:
    """Returns a script that sends a well-formed response."""
    length = {} if response.status == 204 else {"content-length": str(len(response.body))}
    lines = [f"{name}: {value}" for name, value in {**length, **response.headers}.items()]
    return reply("\r\n".join([f"HTTP/1.1 {response.status} Status", *lines, "", ""]).encode() + response.body)


class RawServer:
    """Listens on 127.0.0.1 and serves one connection after the other, in a thread, until its `with` block ends.

    Args:
        scripts: one per connection, in order; the last one serves all following connections.
        read: whether to read the request before the script runs.

    Attributes:
        requests: the request of each connection, head and body.
    """

    def __init__(self, *scripts: Script, read: bool = True) -> None:
        self.requests: list[bytes] = []
        self._scripts = list(scripts)
        self._read = read
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, name="raw server", daemon=True)

    @property
    def address(self) -> str:
        """The host and the port."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """An http URL on this server."""
        return f"http://{self.address}/token"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake the thread
        self._listener.close()
        self._thread.join(_IDLE)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(_IDLE)
                if self._read:
                    self.requests.append(_read_request(connection))
                script = self._scripts[0] if len(self._scripts) == 1 else self._scripts.pop(0)
                script(connection)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while (size := _expected_size(data)) is None or len(data) < size:
        part = connection.recv(65536)
        if not part:
            break
        data += part
    return data


def _expected_size(data: bytes) -> int | None:
    head, end, _ = data.partition(b"\r\n\r\n")
    if not end:
        return None
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(head + end) + (int(lengths[0]) if lengths else 0)
