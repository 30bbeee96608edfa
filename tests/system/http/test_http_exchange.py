"""HTTP over real sockets, in both colours: what is sent, where to, and in what words a failure is told."""

import asyncio
import gzip
import json
import logging
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient, Secret, TokenResponse, UnreadableResponse
from promptvm_oauth.adapters.http.async_http import AsyncHttp
from promptvm_oauth.adapters.http.blocking_http import BlockingHttp
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import TransportError
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.raw_server import RawServer, Script, reply, respond

Send = Callable[[HttpRequest], HttpResponse]
Serve = Callable[[Script], RawServer]

SECRET = "s3cr3t"
EMPTY = respond(HttpResponse(204))


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:
        yield lambda script: servers.enter_context(RawServer(script))


@pytest.fixture(params=["blocking", "async"])
def send(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Send:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    if request.param == "blocking":
        return lambda request: run_blocking(BlockingHttp(user_agent="unit/1").send(request))
    return lambda request: asyncio.run(AsyncHttp(user_agent="unit/1").send(request))


def failure(send: Send, request: HttpRequest) -> TransportError:
    with pytest.raises(TransportError) as raised:
        send(request)
    return raised.value


def test_a_request_has_our_user_agent_its_own_headers_and_what_http_needs(send: Send, serve: Serve) -> None:
    server = serve(reply(b"HTTP/1.1 200 OK\r\nX-Many: a\r\nx-many: b\r\nContent-Length: 2\r\n\r\n{}"))
    response = send(HttpRequest("POST", server.url + "?a=1", {"Accept": "application/json"}, b"{}"))
    line, *headers = server.requests[0].partition(b"\r\n\r\n")[0].decode().lower().split("\r\n")
    assert line == "post /token?a=1 http/1.1"
    assert sorted(headers) == [
        "accept-encoding: identity",
        "accept: application/json",
        "connection: close",
        "content-length: 2",
        f"host: {server.address}",
        "user-agent: unit/1",
    ]
    assert (response.status, response.headers["x-many"], response.body) == (200, "a, b", b"{}")


def test_the_requests_own_user_agent_wins(send: Send, serve: Serve) -> None:
    server = serve(EMPTY)
    send(HttpRequest("GET", server.url, {"user-agent": "other/2"}))
    assert b"unit/1" not in server.requests[0]
    assert b"other/2" in server.requests[0]


def test_cookies_are_not_kept(serve: Serve) -> None:
    server = serve(reply(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"))
    blocking, asynchronous = BlockingHttp(user_agent="unit/1"), AsyncHttp(user_agent="unit/1")
    for _ in range(2):
        run_blocking(blocking.send(HttpRequest("GET", server.url)))
        asyncio.run(asynchronous.send(HttpRequest("GET", server.url)))
    assert len(server.requests) == 4
    assert not any(b"cookie" in request.lower() for request in server.requests)


def test_a_redirect_is_not_followed_and_the_body_is_not_sent_again(send: Send, serve: Serve) -> None:
    elsewhere = serve(EMPTY)
    head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
    server = serve(reply(head.encode()))
    assert send(HttpRequest("POST", server.url, body=SECRET.encode())).status == 307
    assert (len(server.requests), elsewhere.requests) == (1, [])


def test_loopback_is_reached_directly_whatever_the_proxy_settings_say(
    send: Send, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    server = serve(EMPTY)
    assert send(HttpRequest("POST", server.url)).status == 204


def test_other_hosts_are_reached_through_the_proxy(send: Send, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(EMPTY)
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
    assert send(HttpRequest("GET", "http://api.invalid/me")).status == 204
    assert proxy.requests[0].startswith(b"GET http://api.invalid/me HTTP/1.1\r\n")


@pytest.mark.parametrize("proxy", ["http://[::1", "gopher://127.0.0.1:70"])
def test_proxy_settings_that_make_no_sense_are_named(send: Send, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    error = failure(send, HttpRequest("GET", "http://api.invalid/me"))
    assert str(error) == "the request to api.invalid could not be made; check the address, and the proxy if one is set"


def test_a_proxy_that_refuses_the_tunnel_is_named(send: Send, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(reply(b"HTTP/1.1 407 Secret Reason\r\nContent-Length: 0\r\n\r\n"))
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
    error = failure(send, HttpRequest("POST", "https://api.invalid/token", body=SECRET.encode()))
    assert str(error) == "the proxy did not connect to api.invalid; check the proxy settings"
    assert error.status is None


def test_a_refused_connection_names_the_address(send: Send) -> None:
    port = closed_port()
    error = failure(send, HttpRequest("POST", f"http://127.0.0.1:{port}/token"))
    assert str(error).startswith(f"127.0.0.1:{port} refused the connection; check the address")
    assert isinstance(error.__cause__, ConnectionRefusedError)
    assert (error.status, error.retryable) == (None, True)


def test_a_name_that_does_not_resolve_is_named(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = failure(send, HttpRequest("GET", "http://nowhere.invalid:8080/me"))
    assert str(error).startswith("the name nowhere.invalid:8080 was not found; check the address")


@pytest.mark.parametrize("url", ["http://[::1/token", "ftp://api.invalid/", "http://127.0.0.1:99999/", "relative"])
def test_a_url_that_cannot_be_asked_is_a_transport_error_too(send: Send, url: str) -> None:
    assert "could not be made" in str(failure(send, HttpRequest("GET", url)))


@pytest.mark.parametrize("value", [f"Bearer {SECRET}\r\nX: y", f"Bearer {SECRET}é"], ids=["line break", "not ASCII"])
def test_a_header_that_http_cannot_carry_is_refused_and_not_shown(send: Send, serve: Serve, value: str) -> None:
    server = serve(EMPTY)
    error = failure(send, HttpRequest("GET", f"{server.url}?state={SECRET}", {"Authorization": value}))
    assert SECRET not in "".join(traceback.format_exception(error))
    assert not any(server.requests)


def test_nothing_secret_is_logged_at_any_level(send: Send, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = f'{{"access_token": "{SECRET}"}}'.encode()
    server = serve(reply(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)))
    send(HttpRequest("POST", server.url, {"Authorization": f"Bearer {SECRET}"}, body))
    assert caplog.records
    assert SECRET not in caplog.text


def test_a_blocking_request_to_loopback_loads_neither_asyncio_nor_certificates(serve: Serve) -> None:
    server = serve(EMPTY)
    program = (
        "import sys, httpx\n"
        "from promptvm_oauth.adapters.http.blocking_http import BlockingHttp\n"
        "from promptvm_oauth.domain.use_cases.run_blocking import run_blocking\n"
        "from promptvm_oauth.ports.http import HttpRequest\n"
        "def unwanted(*args, **options): raise SystemExit('a TLS context was made')\n"
        "httpx.create_ssl_context = unwanted\n"
        f"print(run_blocking(BlockingHttp(user_agent='x').send(HttpRequest('GET', {server.url!r}))).status)\n"
        "print('asyncio' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("204\nFalse\n", "")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


COMPRESSED = json.dumps({"access_token": "new", "refresh_token": "rt2", "expires_in": 3600}).encode()


def renewed(colour: str, server: RawServer) -> TokenResponse:
    url = f"http://{server.address}"
    if colour == "blocking":
        with OAuthClient(base_url=url, secrets="memory") as client:
            return client.refresh_token("rt1")

    async def main() -> TokenResponse:
        async with AsyncOAuthClient(base_url=url, secrets="memory") as client:
            return await client.refresh_token("rt1")

    return asyncio.run(main())


@pytest.mark.parametrize("colour", ["blocking", "asyncio"])
def test_tokens_that_a_proxy_compressed_are_not_lost(colour: str) -> None:
    with RawServer(respond(HttpResponse(200, {"content-encoding": "gzip"}, gzip.compress(COMPRESSED)))) as server:
        tokens = renewed(colour, server)
    assert (tokens.access_token, tokens.refresh_token) == (Secret("new"), Secret("rt2"))


@pytest.mark.parametrize("colour", ["blocking", "asyncio"])
def test_tokens_in_an_unknown_encoding_are_not_asked_for_again(colour: str) -> None:
    with RawServer(respond(HttpResponse(200, {"content-encoding": "br"}, b"\x8b\x02\x80{}\x03"))) as server:
        with pytest.raises(UnreadableResponse) as raised:
            renewed(colour, server)
        assert len(server.requests) == 1
    assert (raised.value.retryable, raised.value.needs_login) == (False, False)
