"""A real callback during a sustained flood of connections, in a program that may open only few descriptors."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits of Unix on open files")

PROBES = 3
"""Requests that are no callback; a flood must not keep them waiting either."""

PATIENCE = 10.0
"""Seconds for each visit: a queue of 400 connections is before it, on a machine that does other things as well."""

PROGRAM = """
import asyncio, json, os, resource, sys, threading, time

colour, limit = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.adapters.callback.listener import AsyncCallback
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.callback import Outcome

host = {"tries": 0, "failures": 0}

def live():
    # What the host program does meanwhile: it opens ten files at once, again and again.
    while True:
        files = []
        host["tries"] += 1
        try:
            for _ in range(10):
                files.append(open(os.devnull))
        except OSError:
            host["failures"] += 1
        for file in files:
            file.close()
        time.sleep(0.02)

def accept(query):
    return query if query.endswith("&state=right") else None

async def flow(port):
    listener = await port.open(accept)
    print(listener.redirect_uri.rpartition(":")[2].partition("/")[0], flush=True)
    threading.Thread(target=live, daemon=True).start()
    begun, cpu = time.monotonic(), time.process_time()
    accepted = await listener.wait(45)
    took, cpu = time.monotonic() - begun, time.process_time() - cpu
    await listener.answer(Outcome(succeeded=True))
    await listener.close()
    print(json.dumps({"accepted": accepted, "took": took, "cpu": cpu, **host}), flush=True)

if colour == "blocking":
    run_blocking(flow(BlockingCallback()))
else:
    asyncio.run(flow(AsyncCallback()))
"""

FLOOD = """
import selectors, socket, sys, time
from contextlib import suppress

place, way = ("127.0.0.1", int(sys.argv[1])), sys.argv[2]
crowd = selectors.DefaultSelector()

def connect():
    with suppress(OSError):
        sock = socket.create_connection(place, timeout=1)
        if way == "churn":
            sock.close()
            return
        sock.setblocking(False)
        crowd.register(sock, selectors.EVENT_READ)

def drop(sock):
    crowd.unregister(sock)
    sock.close()

print("flooding", flush=True)
while True:
    for _ in range(20):
        if way == "churn" or len(crowd.get_map()) < 400:
            connect()
    for key, _ in crowd.select(0):
        drop(key.fileobj)
    if way == "drip":
        for key in list(crowd.get_map().values()):
            try:
                key.fileobj.send(b"G")
            except OSError:
                drop(key.fileobj)
"""


@contextmanager
def running(program: str, *arguments: str) -> Generator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=-1, stderr=-1) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def visit(port: int, target: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as browser:
        browser.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        return b"".join(iter(lambda: browser.recv(65536), b""))


def probe(port: int) -> bool:
    try:
        return visit(port, "/").startswith(b"HTTP/1.1 404 ")
    except OSError:
        return False


@pytest.mark.parametrize(
    ("limit", "way"),
    [(64, "silent"), (64, "drip"), (64, "churn"), (90, "silent"), (256, "silent"), (256, "drip")],
)
@pytest.mark.parametrize("colour", ["blocking", "async"])
def test_the_callback_lands_the_host_lives_and_nothing_is_written(
    colour: str, limit: int, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(PROGRAM, colour, str(limit)) as program:
        port = int(line(program))
        with running(FLOOD, str(port), way) as flood:
            assert line(flood) == "flooding"
            time.sleep(0.5)
            probes = sum(probe(port) for _ in range(PROBES))
            begun = time.monotonic()
            answer = visit(port, "/callback?code=c&state=right")
            landed = time.monotonic() - begun
            assert flood.poll() is None
        told: dict[str, Any] = json.loads(line(program))
        _, errors = program.communicate(timeout=10)
    with capsys.disabled():
        sys.stdout.write(f" [{probes}/{PROBES}, {landed * 1000:.0f} ms, cpu {told['cpu'] / told['took']:.0%}]")
    assert told["accepted"] == "code=c&state=right"
    assert answer.startswith(b"HTTP/1.1 303 ")
    assert probes >= PROBES - 1
    assert landed < PATIENCE
    assert told["failures"] == 0
    assert told["cpu"] < 0.7 * told["took"] + 0.3
    assert len(errors) < 1000, errors[:2000].decode()
