"""HTTP against servers that drip, flood, lie or stop half-way, in both colours."""

import asyncio
import gzip
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from promptvm_oauth.adapters.http.async_http import AsyncHttp
from promptvm_oauth.adapters.http.blocking_http import BlockingHttp
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import TransportError, UnreadableResponse
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.raw_server import RawServer, Script, drip, flood, reply, respond

Send = Callable[[HttpRequest], HttpResponse]
Serve = Callable[[Script], RawServer]

SOON = 0.3
EMPTY = respond(HttpResponse(204))


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:
        yield lambda script: servers.enter_context(RawServer(script))


@pytest.fixture(params=["blocking", "async"])
def send(request: pytest.FixtureRequest) -> Send:
    if request.param == "blocking":
        return lambda request: run_blocking(BlockingHttp(user_agent="unit/1").send(request))
    return lambda request: asyncio.run(AsyncHttp(user_agent="unit/1").send(request))


def failure(send: Send, request: HttpRequest) -> TransportError:
    with pytest.raises(TransportError) as raised:
        send(request)
    return raised.value


def listen_only(connection: socket.socket) -> None:
    connection.recv(1)


def exchange_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "promptvm-oauth call"]


def test_a_head_that_drips_ends_at_the_deadline(send: Send, serve: Serve) -> None:
    server = serve(drip(b"HTTP/1.1 200 OK\r\nX-Slow: "))
    error = failure(send, HttpRequest("POST", server.url, timeout=SOON))
    assert str(error) == f"no complete answer from {server.address} within 0.3 s; check the network and try again"
    assert error.status is None


def test_a_body_that_drips_ends_at_the_deadline_and_the_status_is_known(send: Send, serve: Serve) -> None:
    server = serve(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))
    error = failure(send, HttpRequest("POST", server.url, timeout=SOON))
    assert "within 0.3 s" in str(error)
    assert error.status == 200


def test_a_server_that_says_nothing_ends_at_the_deadline(send: Send, serve: Serve) -> None:
    server = serve(listen_only)
    error = failure(send, HttpRequest("POST", server.url, timeout=SOON))
    assert "within 0.3 s" in str(error)


def test_the_thread_of_an_abandoned_exchange_ends_by_itself(serve: Serve) -> None:
    server = serve(drip(b"HTTP/1.1 200 OK\r\nX-Slow: "))
    http = BlockingHttp(user_agent="unit/1")
    failure(lambda request: run_blocking(http.send(request)), HttpRequest("POST", server.url, timeout=SOON))
    for thread in exchange_threads():
        thread.join(5)
    assert exchange_threads() == []


def test_a_name_that_resolves_after_the_deadline_gets_no_request(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(EMPTY)
    resolve, released = socket.getaddrinfo, threading.Event()

    def slowly(*args: object, **options: object) -> object:
        released.wait(5)
        return resolve("127.0.0.1", int(server.address.rpartition(":")[2]), type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    http = BlockingHttp(user_agent="unit/1")
    error = failure(
        lambda request: run_blocking(http.send(request)),
        HttpRequest("POST", "http://slow.invalid/token", body=b"{}", timeout=SOON),
    )
    assert "slow.invalid" in str(error)
    released.set()
    for thread in exchange_threads():
        thread.join(5)
    assert exchange_threads() == []
    assert server.requests in ([], [b""])  # a connection perhaps, and not a byte on it


def test_a_body_cut_short_is_an_error_that_has_the_status(send: Send, serve: Serve) -> None:
    server = serve(reply(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"access_token'))
    error = failure(send, HttpRequest("POST", server.url))
    assert str(error) == f"the answer of {server.address} was cut short; check the network and try again"
    assert error.status == 200


def test_a_chunked_body_cut_short_is_an_error_too(send: Send, serve: Serve) -> None:
    server = serve(reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc"))
    error = failure(send, HttpRequest("POST", server.url))
    assert ("cut short" in str(error), error.status) == (True, 200)


@pytest.mark.parametrize("script", [reply(b""), reply(b"SSH-2.0-x\r\n")], ids=["silent close", "another protocol"])
def test_no_answer_at_all_has_no_status(send: Send, serve: Serve, script: Script) -> None:
    error = failure(send, HttpRequest("POST", serve(script).url))
    assert "closed the connection without an answer, or does not speak HTTP" in str(error)
    assert error.status is None


def test_a_body_without_end_is_cut_at_the_bound(send: Send, serve: Serve) -> None:
    server = serve(flood)
    error = failure(send, HttpRequest("GET", server.url, max_body=1000))
    assert str(error) == f"the answer of {server.address} is larger than 1000 bytes"
    assert error.status == 200


def test_a_body_of_exactly_the_bound_is_taken(send: Send, serve: Serve) -> None:
    server = serve(reply(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000))
    assert send(HttpRequest("GET", server.url, max_body=1000)).body == b"x" * 1000


TOKENS = b'{"access_token": "at", "refresh_token": "rt"}'


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def encoded(encoding: str, body: bytes, status: int = 200) -> Script:
    return respond(HttpResponse(status, {"content-encoding": encoding}, body))


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TOKENS)),
        ("GZip ", gzip.compress(TOKENS)),
        ("x-gzip", gzip.compress(TOKENS)),
        ("gzip", gzip.compress(TOKENS[:10]) + gzip.compress(TOKENS[10:]) + b"\0\0"),
        ("deflate", zlib.compress(TOKENS)),
        ("deflate", raw_deflate(TOKENS)),
        ("deflate, gzip", gzip.compress(zlib.compress(TOKENS))),
        ("identity", TOKENS),
        ("identity, gzip", gzip.compress(TOKENS)),
        ("", TOKENS),
    ],
)
def test_a_compressed_answer_is_decoded(send: Send, serve: Serve, encoding: str, body: bytes) -> None:
    server = serve(encoded(encoding, body))
    response = send(HttpRequest("POST", server.url, body=b"{}", max_body=len(TOKENS) * 4))
    assert (response.status, response.body) == (200, TOKENS)


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_an_empty_body_has_no_encoding(send: Send, serve: Serve, encoding: str) -> None:
    assert send(HttpRequest("POST", serve(encoded(encoding, b"", 401)).url)).body == b""


def test_a_compressed_body_of_exactly_the_bound_is_taken(send: Send, serve: Serve) -> None:
    server = serve(encoded("gzip", gzip.compress(b"x" * 1000)))
    assert send(HttpRequest("GET", server.url, max_body=1000)).body == b"x" * 1000
    error = failure(send, HttpRequest("GET", server.url, max_body=999))
    assert str(error) == f"the compressed answer of {server.address} is larger than 999 bytes"


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(b"\0" * 10_000_000)),
        ("gzip", gzip.compress(b"\0" * 900_000) * 2),
        ("deflate", zlib.compress(b"\0" * 10_000_000)),
        ("gzip, gzip", gzip.compress(gzip.compress(b"\0" * 100_000_000))),
    ],
    ids=["gzip", "many members", "deflate", "twice"],
)
def test_a_compressed_body_does_not_expand_above_the_bound(
    send: Send, serve: Serve, encoding: str, bomb: bytes
) -> None:
    error = failure(send, HttpRequest("GET", serve(encoded(encoding, bomb)).url))
    assert "compressed" in str(error)
    assert error.status == 200


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"\x0b\x02\x80{}\x03"),
        ("marker\x1b[2J", TOKENS),
        ("gzip, br", gzip.compress(TOKENS)),
        ("gzip, gzip, gzip, gzip", gzip.compress(TOKENS)),
        ("gzip", TOKENS),
        ("gzip", gzip.compress(TOKENS)[:-9]),
        ("gzip", gzip.compress(b"x") * 17),
        ("deflate", b"\xff\xff"),
        ("deflate", zlib.compress(TOKENS)[:-5]),
    ],
)
def test_a_success_in_an_unknown_encoding_is_not_to_be_repeated_for_its_code_may_be_spent(
    send: Send, serve: Serve, encoding: str, body: bytes
) -> None:
    error = failure(send, HttpRequest("POST", serve(encoded(encoding.replace("\x1b", ""), body)).url))
    assert isinstance(error, UnreadableResponse)
    assert (error.status, error.retryable, error.needs_login) == (200, False, False)
    assert "marker" not in str(error)


def test_a_refusal_in_an_unknown_encoding_may_pass(send: Send, serve: Serve) -> None:
    error = failure(send, HttpRequest("POST", serve(encoded("br", b"\x0b\x02\x80{}\x03", 503)).url))
    assert (type(error), error.status, error.retryable) == (TransportError, 503, True)


def test_a_status_that_http_does_not_have_is_refused(send: Send, serve: Serve) -> None:
    error = failure(send, HttpRequest("GET", serve(reply(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n")).url))
    assert error.status == 999


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
def test_ctrl_c_ends_a_request_that_hangs(serve: Serve) -> None:
    asked = threading.Event()

    def hang(connection: socket.socket) -> None:
        asked.set()
        connection.recv(1)

    server = serve(hang)
    program = (
        "from promptvm_oauth.adapters.http.blocking_http import BlockingHttp\n"
        "from promptvm_oauth.domain.use_cases.run_blocking import run_blocking\n"
        "from promptvm_oauth.ports.http import HttpRequest\n"
        "try:\n"
        f"    run_blocking(BlockingHttp(user_agent='x').send(HttpRequest('GET', {server.url!r}, timeout=60)))\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert asked.wait(20)
            process.send_signal(2)
            output, _ = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (output, process.returncode) == ("interrupted\n", 0)
