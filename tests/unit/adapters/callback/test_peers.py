"""How many connections are open at once, and which one goes when there are too many."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

import pytest
from promptvm_oauth.adapters.callback import peers as module
from promptvm_oauth.adapters.callback.connection import Connection, Limits
from promptvm_oauth.adapters.callback.peers import Peers
from promptvm_oauth.adapters.callback.rules import Rules
from promptvm_oauth.ports.callback import Outcome

PORT = 49152
REQUEST = f"GET /callback?right HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode()


class Room:
    """Peers and the browsers on the other side of their sockets."""

    def __init__(self, limits: Limits, accept: Callable[[str], str | None]) -> None:
        self.rules = Rules(PORT, accept, lambda: None)
        self.peers = Peers(self.rules, limits, asyncio.Event())
        self.browsers: list[socket.socket] = []

    async def connect(self, sent: bytes = b"") -> socket.socket:
        browser, sock = socket.socketpair()
        sock.setblocking(False)
        browser.settimeout(0)
        browser.sendall(sent)
        self.browsers.append(browser)
        await self.peers.admit(sock)
        return browser

    def close(self) -> None:
        for browser in self.browsers:
            browser.close()


def is_closed(browser: socket.socket) -> bool:
    try:
        return not browser.recv(1)
    except BlockingIOError:
        return False


@pytest.fixture
def in_room(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def run(
        scenario: Callable[[Room], Awaitable[None]],
        *,
        spare: int | None = None,
        accept: Callable[[str], str | None] = lambda query: query if query == "right" else None,
        connections: int = 6,
    ) -> None:
        monkeypatch.setattr(module, "spare_descriptors", lambda: spare)

        async def main() -> None:
            room = Room(Limits(connections=connections), accept)
            try:
                await scenario(room)
            finally:
                room.peers.abort()
                room.close()
                await asyncio.sleep(0.01)
                assert not room.peers

        asyncio.run(main())

    return run


@pytest.mark.parametrize(("spare", "most"), [(None, 6), (1000, 6), (4, 3), (0, 2)])
def test_half_of_the_descriptors_is_left_to_the_host(
    in_room: Callable[..., None], spare: int | None, most: int
) -> None:
    async def scenario(room: Room) -> None:
        browsers = [await room.connect() for _ in range(8)]
        assert [is_closed(browser) for browser in browsers] == [True] * (8 - most) + [False] * most

    in_room(scenario, spare=spare)


def test_after_the_system_refused_one_there_is_room_for_half_as_many(in_room: Callable[..., None]) -> None:
    async def scenario(room: Room) -> None:
        browsers = [await room.connect() for _ in range(6)]
        assert await room.peers.shrink()
        assert [is_closed(browser) for browser in browsers] == [True] * 3 + [False] * 3
        browsers.append(await room.connect())
        assert [is_closed(browser) for browser in browsers[3:]] == [True, False, False, False]

    in_room(scenario)


def test_with_nobody_to_close_the_caller_is_told(in_room: Callable[..., None]) -> None:
    async def scenario(room: Room) -> None:
        assert not await room.peers.shrink()
        held = await room.connect(REQUEST)
        assert not await room.peers.shrink()
        assert not is_closed(held)

    in_room(scenario)


def test_a_request_that_arrived_with_its_connection_is_read_before_one_is_closed(in_room: Callable[..., None]) -> None:
    async def scenario(room: Room) -> None:
        silent = [await room.connect() for _ in range(6)]
        real = await room.connect(REQUEST)
        assert room.rules.accepted == "right"
        assert is_closed(silent[0])
        for _ in range(10):
            await room.connect()
        assert not is_closed(real)
        room.rules.answer(Outcome(succeeded=True))
        room.peers.release()
        await asyncio.sleep(0.01)
        assert real.recv(100).startswith(b"HTTP/1.1 303 ")

    in_room(scenario)


def test_where_all_are_held_the_newest_is_closed(in_room: Callable[..., None]) -> None:
    async def scenario(room: Room) -> None:
        held = [await room.connect(REQUEST) for _ in range(7)]
        assert [is_closed(browser) for browser in held] == [False] * 6 + [True]

    in_room(scenario)


def test_a_connection_that_is_cancelled_before_it_began_is_closed_all_the_same(in_room: Callable[..., None]) -> None:
    async def scenario(room: Room) -> None:
        admitting = asyncio.ensure_future(room.connect())
        await asyncio.sleep(0)
        room.peers.abort()
        browser = await admitting
        await asyncio.sleep(0.01)
        assert is_closed(browser)

    in_room(scenario)


def test_an_error_of_the_check_closes_its_connection_and_is_logged_without_its_text(
    in_room: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(query: str) -> str | None:
        raise LookupError(query)

    async def scenario(room: Room) -> None:
        browser = await room.connect(REQUEST)
        await asyncio.sleep(0.01)
        assert is_closed(browser)

    with caplog.at_level(logging.DEBUG, "promptvm_oauth"):
        in_room(scenario, accept=broken)
    assert "LookupError" in caplog.text
    assert "right" not in caplog.text


def test_single_bytes_are_read_in_pieces_with_a_pause_between_them(
    in_room: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[bytes] = []
    really = Connection.receive

    def watched(connection: Connection, data: bytes) -> bytes:
        received.append(data)
        return really(connection, data)

    async def scenario(room: Room) -> None:
        browser = await room.connect(REQUEST[:1])
        for place in range(1, len(REQUEST)):
            browser.sendall(REQUEST[place : place + 1])
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert room.rules.accepted == "right"

    monkeypatch.setattr(module, "CALLBACK_READ_PAUSE", 0.05)
    monkeypatch.setattr(Connection, "receive", watched)
    in_room(scenario)
    assert b"".join(received) == REQUEST
    assert len(received) <= 4
