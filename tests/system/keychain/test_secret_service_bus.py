"""A session bus that does not keep to D-Bus: a typed answer in time, bounded in size."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.ports.errors import StoreCorrupt, StoreFailed

Play = Callable[[socket.socket], None]

OK = b"OK 0123456789abcdef0123456789abcdef\r\n"
ENDLESS = struct.pack("<BBBBIII", ord("l"), 2, 0, 1, 60 * 1024 * 1024, 1, 8) + b"\0" * 8  # a reply of 60 MiB


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Play], None]]:
    """Listen as the session bus, and play one part for each connection."""
    with TemporaryDirectory(prefix="bus-") as directory, socket.socket(socket.AF_UNIX) as listener:
        path = Path(directory) / "bus"
        listener.bind(str(path))
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")

        def serve(play: Play) -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        play(connection)

        def start(play: Play) -> None:
            listener.listen()
            Thread(target=serve, args=(play,), daemon=True).start()

        yield start
        listener.shutdown(socket.SHUT_RDWR)


def logged_on(connection: socket.socket) -> None:
    connection.recv(1024)
    connection.sendall(OK)
    connection.recv(1024)


def close_at_once(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def refuse(connection: socket.socket) -> None:
    connection.recv(1024)
    connection.sendall(b"REJECTED EXTERNAL\r\n")


def speak_something_else(connection: socket.socket) -> None:
    logged_on(connection)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)


def close_after_the_log_on(connection: socket.socket) -> None:
    logged_on(connection)


def wait_for_the_end(connection: socket.socket) -> None:
    while connection.recv(1024):
        pass


def drip(connection: socket.socket) -> None:
    logged_on(connection)
    connection.sendall(ENDLESS)
    wait_for_the_end(connection)


def flood(connection: socket.socket) -> None:
    logged_on(connection)
    connection.sendall(ENDLESS)
    while True:
        connection.sendall(b"\0" * 65536)


@pytest.mark.parametrize("play", [close_at_once, refuse, speak_something_else, close_after_the_log_on])
def test_a_bus_that_breaks_the_protocol_is_a_failure(play: Play, played: Callable[[Play], None]) -> None:
    played(play)
    with pytest.raises(StoreFailed, match="failed"):
        SecretServiceStore(2).load("work")


@pytest.mark.parametrize("play", [wait_for_the_end, drip])
def test_a_bus_that_does_not_answer_is_given_up_in_time(play: Play, played: Callable[[Play], None]) -> None:
    played(play)
    with pytest.raises(StoreFailed, match=r"did not answer within 0\.2 s"):
        SecretServiceStore(0.2).load("work")


def test_an_answer_without_end_is_not_read_to_the_end(played: Callable[[Play], None]) -> None:
    played(flood)
    with pytest.raises(StoreCorrupt, match="too large"):
        SecretServiceStore(20).load("work")
