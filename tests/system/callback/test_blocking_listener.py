"""The blocking listener's thread and event loop beside what a host program does: leave, fork, run out, raise."""

import os
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest
from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.adapters.callback.connection import Limits
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.callback import CallbackListener
from promptvm_oauth.ports.errors import ListenerError

LIMITS = Limits(farewell=0.03, parting=0.05)
BEGIN = """
import asyncio, os, socket, sys, threading, time
from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking

listener = run_blocking(BlockingCallback().open(lambda query: query))
port = int(listener.redirect_uri.rpartition(":")[2].partition("/")[0])

def visit(target):
    browser = socket.create_connection(("127.0.0.1", port), timeout=5)
    browser.sendall(f"GET {target} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\n\\r\\n".encode())
    return browser
"""


# From Python 3.12 on, a fork beside a thread warns, and these tests fork on purpose.
FORKS = ("-W", "ignore:This process:DeprecationWarning")


def ran(program: str, *, arguments: tuple[str, ...] = ()) -> str:
    """Run a program to its end; it must say nothing on stderr."""
    run = subprocess.run(
        [sys.executable, *FORKS, *arguments, "-c", BEGIN + program],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert run.stderr == ""
    assert run.returncode == 0
    return run.stdout


def accept(query: str) -> str | None:
    return query if query.endswith("&state=right") else None


def opened() -> tuple[CallbackListener[str], str]:
    listener = run_blocking(BlockingCallback(LIMITS).open(accept))
    return listener, urlsplit(listener.redirect_uri).netloc


def connect(host: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(host.split(":")[1])), timeout=5)


def send_callback(host: str) -> socket.socket:
    browser = connect(host)
    browser.sendall(f"GET /callback?code=c&state=right HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return browser


@pytest.mark.parametrize("how", ["", "sys.exit(0)", "del listener"])
def test_a_program_that_closes_nothing_ends_at_once_and_in_silence(how: str) -> None:
    ran(f"idle, half = visit('/'), visit('/callback')\n{how}")


def test_it_ends_in_silence_while_a_browser_is_held_and_another_says_nothing() -> None:
    ran("held = visit('/callback?x')\nsilent = socket.create_connection(('127.0.0.1', port))\ntime.sleep(0.2)")


def test_asyncios_debug_mode_finds_nothing_to_complain_of() -> None:
    closing = (
        "held = visit('/callback?x')\nrun_blocking(listener.wait(5))\nrun_blocking(listener.close())\nheld.close()\n"
    )
    ran(closing, arguments=("-X", "dev"))


@pytest.mark.parametrize("colour", ["blocking", "async"])
def test_a_connection_that_comes_while_the_listener_closes_is_neither_lost_nor_complained_of(colour: str) -> None:
    program = f"""
from promptvm_oauth.adapters.callback.connection import Limits
from promptvm_oauth.adapters.callback.listener import AsyncCallback

run_blocking(listener.close())
limits = Limits(farewell=0.0, parting=0.01)

async def flow(callback, turns):
    listener = await callback.open(lambda query: None)
    place = ("127.0.0.1", int(listener.redirect_uri.rpartition(":")[2].partition("/")[0]))
    if {colour == "async"}:
        await asyncio.sleep(0)
    with socket.create_connection(place):
        if {colour == "async"}:
            for _ in range(turns):
                await asyncio.sleep(0)
        await listener.close()

for turns in range(100):
    if {colour == "async"}:
        asyncio.run(flow(AsyncCallback(limits), turns % 5))
    else:
        run_blocking(flow(BlockingCallback(limits), 0))
"""
    ran(program, arguments=("-X", "dev"))


def test_a_loop_that_watches_no_sockets_as_that_of_windows_serves_as_well() -> None:
    program = """
from promptvm_oauth.adapters.callback.listener import AsyncCallback

run_blocking(listener.close())

class Loop(asyncio.SelectorEventLoop):
    def add_reader(self, *_):
        raise NotImplementedError

async def main():
    global port
    inner = await AsyncCallback().open(lambda query: query)
    port = int(inner.redirect_uri.rpartition(":")[2].partition("/")[0])
    await asyncio.sleep(0.05)
    held = visit("/callback?x")
    print(await inner.wait(5))
    await inner.close()
    held.close()

with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(main())
"""
    assert ran(program, arguments=("-X", "dev")) == "x\n"


def test_it_works_inside_a_running_event_loop_as_in_a_notebook() -> None:
    program = """
async def main():
    inner = run_blocking(BlockingCallback().open(lambda query: query))
    run_blocking(inner.close())
    held = visit("/callback?x")
    print(run_blocking(listener.wait(5)))
    run_blocking(listener.close())
asyncio.run(main())
"""
    assert ran(program) == "x\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_in_a_forked_child_nothing_waits_and_the_parent_goes_on() -> None:
    program = """
child = os.fork()
if not child:
    begun = time.monotonic()
    assert run_blocking(listener.wait(30)) is None
    run_blocking(listener.answer(None))
    run_blocking(listener.close())
    run_blocking(listener.close())
    os._exit(time.monotonic() - begun > 3)
assert os.waitpid(child, 0)[1] == 0
held = visit("/callback?x")
print(run_blocking(listener.wait(5)))
run_blocking(listener.close())
"""
    assert ran(program) == "x\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_that_just_ends_does_not_disturb_the_parent() -> None:
    program = """
child = os.fork()
if not child:
    sys.exit(0)
os.waitpid(child, 0)
held = visit("/callback?x")
print(run_blocking(listener.wait(5)))
"""
    assert ran(program) == "x\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the limits of Unix on open files")
@pytest.mark.parametrize("left", [0, 1, 2, 3])
def test_without_descriptors_for_it_a_listener_cannot_be_opened_and_leaves_none_behind(left: int) -> None:
    program = f"""
import resource
from promptvm_oauth.ports.errors import ListenerError
run_blocking(listener.close())
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
files = []
try:
    while True:
        files.append(open(os.devnull))
except OSError:
    pass
for file in files[len(files) - {left}:]:
    file.close()
try:
    run_blocking(BlockingCallback().open(lambda query: query))
except ListenerError as error:
    print(error)
print(len([open(os.devnull) for _ in range({left})]))
"""
    told, count = ran(program).splitlines()
    assert "Too many open files" in told
    assert count == str(left)


def test_without_a_thread_for_it_a_listener_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(ListenerError, match="can't start new thread"):
        opened()


def test_a_check_that_raises_ends_its_connection_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    def check(query: str) -> str | None:
        if query == "broken":
            raise LookupError("a defect of the caller's")
        return accept(query)

    listener = run_blocking(BlockingCallback(LIMITS).open(check))
    host = urlsplit(listener.redirect_uri).netloc
    try:
        with connect(host) as browser:
            browser.sendall(f"GET /callback?broken HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert browser.recv(1) == b""
        with send_callback(host):
            assert run_blocking(listener.wait(5)) == "code=c&state=right"
    finally:
        run_blocking(listener.close())
    assert capfd.readouterr().err == ""


def test_threads_may_wait_answer_and_close_at_once() -> None:
    for _ in range(20):
        listener, host = opened()
        waited: list[str | None] = []
        threads = [threading.Thread(target=lambda: waited.append(run_blocking(listener.wait(5)))) for _ in range(3)]  # noqa: B023 (joined below)
        threads += [threading.Thread(target=lambda: run_blocking(listener.close())) for _ in range(2)]  # noqa: B023
        with send_callback(host):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(5)
        assert not any(thread.is_alive() for thread in threads)
        assert len(waited) == 3


def test_a_closed_listener_leaves_no_thread_and_no_descriptor() -> None:
    run_blocking(opened()[0].close())
    threads, descriptors = threading.active_count(), socket_number()
    for _ in range(5):
        listener, host = opened()
        with send_callback(host):
            run_blocking(listener.wait(5))
            run_blocking(listener.close())
    assert threading.active_count() == threads
    assert socket_number() == descriptors


def socket_number() -> int:
    """The number of the next descriptor, which grows if any is left open."""
    with socket.socket() as probe:
        return probe.fileno()
