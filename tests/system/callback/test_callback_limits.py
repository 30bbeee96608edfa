import asyncio
import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.adapters.callback.connection import Limits
from promptvm_oauth.adapters.callback.listener import AsyncCallback
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.callback import CallbackListener, CallbackPort, Outcome

RIGHT = "/callback?code=c&state=right"
SHORT = Limits(connections=20, silence=0.2, request=0.3, linger=0.2, farewell=0.03, parting=0.05)
PATIENT = Limits(connections=20, farewell=0.03, parting=0.05)


def accept(query: str) -> str | None:
    return query if query.endswith("&state=right") else None


class Colour:
    """The blocking or the asynchronous listener, and how its coroutines are run."""

    def __init__(self, make: Callable[[Limits], CallbackPort], run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self.make = make
        self.run = run


class Site:
    """An open listener of either colour, and the browsers that visit it."""

    def __init__(self, colour: Colour, limits: Limits) -> None:
        self.run = colour.run
        self.listener: CallbackListener[str] = colour.run(colour.make(limits).open(accept))
        self.host = urlsplit(self.listener.redirect_uri).netloc

    def connect(self) -> socket.socket:
        host, port = self.host.split(":")
        return socket.create_connection((host, int(port)), timeout=5)

    def real_callback(self) -> socket.socket:
        browser = self.connect()
        browser.sendall(f"GET {RIGHT} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        return browser

    def still_hears_the_real_callback(self) -> bool:
        with self.real_callback():
            return bool(self.run(self.listener.wait(5)) == "code=c&state=right")


@pytest.fixture(params=["blocking", "async"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    if request.param == "blocking":
        yield Colour(BlockingCallback, run_blocking)
        return
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield Colour(AsyncCallback, lambda flow: asyncio.run_coroutine_threadsafe(flow, loop).result(10))
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


@pytest.fixture
def opened(colour: Colour) -> Iterator[Callable[[Limits], Site]]:
    with ExitStack() as closing:

        def open_site(limits: Limits) -> Site:
            site = Site(colour, limits)
            closing.callback(lambda: colour.run(site.listener.close()))
            return site

        yield open_site


Open = Callable[[Limits], Site]


def reset(browser: socket.socket) -> None:
    browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    browser.close()


def test_a_silent_connection_delays_nobody(opened: Open) -> None:
    site = opened(PATIENT)
    with site.connect(), site.connect():
        assert site.still_hears_the_real_callback()


def test_a_silent_connection_is_dropped(opened: Open) -> None:
    site = opened(SHORT)
    with site.connect() as silent:
        assert silent.recv(1) == b""
    assert site.still_hears_the_real_callback()


def test_a_request_that_comes_byte_by_byte_is_dropped_in_the_end(opened: Open) -> None:
    site = opened(SHORT)
    with site.connect() as slow, pytest.raises(ConnectionError):  # noqa: PT012 - which byte fails is up to the system
        for _ in range(200):
            slow.sendall(b"G")
            time.sleep(0.02)
    assert site.still_hears_the_real_callback()


def test_endless_headers_are_answered_and_dropped(opened: Open) -> None:
    site = opened(SHORT)
    with site.connect() as endless:
        endless.sendall(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 12_000)
        assert endless.recv(65536).startswith(b"HTTP/1.1 431 ")
        with pytest.raises(ConnectionError):  # noqa: PT012 - which chunk fails is up to the system
            for _ in range(200):
                endless.sendall(b"A: b\r\n" * 1000)
                time.sleep(0.02)
    assert site.still_hears_the_real_callback()


def test_connections_that_are_reset_at_once_are_survived(opened: Open) -> None:
    site = opened(PATIENT)
    for _ in range(50):
        reset(site.connect())
    half = site.connect()
    half.sendall(b"GET /call")
    reset(half)
    assert site.still_hears_the_real_callback()


def test_two_hundred_connections_leave_room_for_the_real_callback(opened: Open) -> None:
    site = opened(Limits(farewell=0.03, parting=0.05))
    with ExitStack() as crowd:
        for _ in range(200):
            crowd.enter_context(site.connect())
        assert site.still_hears_the_real_callback()


def test_the_connection_that_was_silent_for_longest_makes_room(opened: Open) -> None:
    site = opened(PATIENT)
    with ExitStack() as crowd:
        oldest, *others = [crowd.enter_context(site.connect()) for _ in range(PATIENT.connections)]
        crowd.enter_context(site.connect())
        assert oldest.recv(1) == b""
        others[0].sendall(b"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n")
        assert others[0].recv(65536).startswith(b"HTTP/1.1 421 ")


def test_a_held_browser_is_never_put_out(opened: Open) -> None:
    site = opened(PATIENT)
    with site.real_callback() as browser, ExitStack() as crowd:
        assert site.run(site.listener.wait(5))
        first, *_ = [crowd.enter_context(site.connect()) for _ in range(3 * PATIENT.connections)]
        assert first.recv(1) == b""
        site.run(site.listener.answer(Outcome(succeeded=True)))
        assert browser.recv(65536).startswith(b"HTTP/1.1 303 ")


def test_a_held_browser_outlasts_the_limits_of_a_request(opened: Open) -> None:
    site = opened(SHORT)
    with site.real_callback() as browser:
        assert site.run(site.listener.wait(5))
        time.sleep(SHORT.request + 0.1)
        site.run(site.listener.answer(Outcome(succeeded=True)))
        assert browser.recv(65536).startswith(b"HTTP/1.1 303 ")


def test_a_browser_that_left_while_it_was_held_does_no_harm(opened: Open) -> None:
    site = opened(PATIENT)
    reset_later = site.real_callback()
    assert site.run(site.listener.wait(5))
    reset(reset_later)
    with site.real_callback() as reloaded:
        site.run(site.listener.answer(Outcome(succeeded=True)))
        assert reloaded.recv(65536).startswith(b"HTTP/1.1 303 ")


@pytest.mark.parametrize("number", [errno.ECONNABORTED, errno.EMFILE, errno.ENOBUFS])
def test_the_listener_goes_on_when_the_system_has_no_room_for_a_connection(
    opened: Open, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr("asyncio.constants.ACCEPT_RETRY_DELAY", 0.05)
    really = socket.socket.accept
    failures = iter(range(2))

    def accept_after_failures(listening: socket.socket) -> tuple[socket.socket, Any]:
        if next(failures, None) is not None:
            raise OSError(number, os.strerror(number))
        return really(listening)

    monkeypatch.setattr(socket.socket, "accept", accept_after_failures)
    assert opened(PATIENT).still_hears_the_real_callback()


def test_nothing_listens_on_the_other_loopback_address(opened: Open) -> None:
    site = opened(PATIENT)
    with pytest.raises(OSError):  # noqa: PT011 - refused, or this machine has no IPv6
        socket.create_connection(("::1", int(site.host.split(":")[1])), timeout=1).close()
    assert site.still_hears_the_real_callback()


def test_after_the_close_connections_are_refused_and_the_port_is_free(colour: Colour) -> None:
    site = Site(colour, PATIENT)
    with site.connect(), site.real_callback():
        assert site.run(site.listener.wait(5))
        site.run(site.listener.close())
        with pytest.raises(ConnectionRefusedError):
            site.connect()
    port = int(site.host.split(":")[1])
    again = colour.run(colour.make(PATIENT).open(accept, ports=[port]))
    assert again.redirect_uri == site.listener.redirect_uri
    colour.run(again.close())


def test_the_result_page_can_still_be_fetched_while_the_listener_closes(opened: Open, colour: Colour) -> None:
    site = opened(Limits(farewell=5))
    with site.real_callback() as browser, site.connect() as following:
        assert site.run(site.listener.wait(5))
        site.run(site.listener.answer(Outcome(succeeded=True)))
        closing = threading.Thread(target=lambda: colour.run(site.listener.close()))
        closing.start()
        assert browser.recv(65536).startswith(b"HTTP/1.1 303 ")
        following.sendall(f"GET /done HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode())
        assert b"You are signed in" in following.recv(65536)
        closing.join(3)
        assert not closing.is_alive()


def test_closing_ends_a_wait_in_another_thread_or_task(opened: Open, colour: Colour) -> None:
    site = opened(PATIENT)
    waited: list[object] = []
    waiting = threading.Thread(target=lambda: waited.append(colour.run(site.listener.wait(8))))
    waiting.start()
    colour.run(site.listener.close())
    waiting.join(5)
    assert waited == [None]


def test_a_close_that_is_cancelled_frees_the_port_all_the_same() -> None:
    async def flow() -> None:
        listener = await AsyncCallback(Limits(farewell=5)).open(accept)
        host = urlsplit(listener.redirect_uri).netloc
        with socket.create_connection(("127.0.0.1", int(host.split(":")[1])), timeout=5) as browser:
            browser.sendall(f"GET {RIGHT} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            await listener.wait(5)
            closing = asyncio.ensure_future(listener.close())
            await asyncio.sleep(0.05)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", int(host.split(":")[1]))

    asyncio.run(flow())


PROGRAM = """
import asyncio, sys
from promptvm_oauth.adapters.callback.listener import AsyncCallback
from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking

async def flow(port):
    listener = await port.open(lambda query: None)
    print("open", flush=True)
    await listener.wait(60)

if sys.argv[1] == "blocking":
    run_blocking(flow(BlockingCallback()))
else:
    asyncio.run(flow(AsyncCallback()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to one process of the console there")
@pytest.mark.parametrize("which", ["blocking", "async"])
def test_ctrl_c_ends_a_program_that_waits_even_if_it_closes_nothing(which: str) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, which], stdout=-1, stderr=-1) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"open\n"
        program.send_signal(signal.SIGINT)
        _, error = program.communicate(timeout=10)
    assert program.returncode != 0
    assert b"KeyboardInterrupt" in error
