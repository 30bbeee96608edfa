"""A real callback beside a crowd of another process: 1,000 idle connections, 100 slow ones, endless wrong states."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.adapters.callback.listener import AsyncCallback
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.callback import CallbackPort, Outcome

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits of Unix on open files")

Run = Callable[[Coroutine[Any, Any, Any]], Any]

A_SECOND = 1.0
"""What a person does not notice; a callback that is alone takes some milliseconds."""

CROWD = """
import resource, socket, sys, time
from contextlib import suppress

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 4096, hard))
place = ("127.0.0.1", int(sys.argv[1]))

def connect():
    return socket.create_connection(place, timeout=5)

idle = [connect() for _ in range(1000)]
slow = [connect() for _ in range(100)]
wrong = f"GET /callback?code=x&state=wrong HTTP/1.1\\r\\nHost: 127.0.0.1:{sys.argv[1]}\\r\\n\\r\\n".encode()
turn = 0
while True:
    turn += 1
    if turn == 50:
        print("crowded", flush=True)
    with suppress(OSError), connect() as liar:
        liar.sendall(wrong)
        liar.recv(65536)
    place_in_line = turn % 100
    try:
        slow[place_in_line].sendall(b"G")
    except OSError:  # put out to make room: come again
        slow[place_in_line].close()
        with suppress(OSError):
            slow[place_in_line] = connect()
    idle[turn % 1000].close()
    with suppress(OSError):
        idle[turn % 1000] = connect()
"""


def accept(query: str) -> str | None:
    return query if query.endswith("&state=right") else None


@contextmanager
def in_loop() -> Generator[Run]:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield lambda flow: asyncio.run_coroutine_threadsafe(flow, loop).result(30)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


@contextmanager
def in_place() -> Generator[Run]:
    yield run_blocking


@contextmanager
def crowd(port: int) -> Generator[None]:
    with subprocess.Popen([sys.executable, "-c", CROWD, str(port)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"crowded\n"
            yield
            assert process.poll() is None
        finally:
            process.kill()


def visit(host: str, target: str) -> bytes:
    with socket.create_connection(("127.0.0.1", int(host.split(":")[1])), timeout=10) as browser:
        browser.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        return b"".join(iter(lambda: browser.recv(65536), b""))


@pytest.mark.parametrize(
    ("port", "colour"), [(BlockingCallback(), in_place), (AsyncCallback(), in_loop)], ids=["blocking", "async"]
)
def test_a_real_callback_completes_in_under_a_second_beside_a_crowd(
    port: CallbackPort, colour: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    pages: list[bytes] = []

    def browse(host: str) -> None:
        pages.append(visit(host, "/callback?code=c&state=right"))
        pages.append(visit(host, "/done"))

    with colour() as run:
        listener = run(port.open(accept))
        host = urlsplit(str(listener.redirect_uri)).netloc
        try:
            with crowd(int(host.split(":")[1])):
                begun = time.monotonic()
                browser = threading.Thread(target=browse, args=(host,))
                browser.start()
                assert run(listener.wait(20)) == "code=c&state=right"
                run(listener.answer(Outcome(succeeded=True)))
                browser.join(20)
                took = time.monotonic() - begun
        finally:
            run(listener.close())
    with capsys.disabled():
        sys.stdout.write(f" [{took * 1000:.0f} ms]")
    assert pages[0].startswith(b"HTTP/1.1 303 ")
    assert b"You are signed in" in pages[1]
    assert took < A_SECOND
