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
from promptvm_oauth.ports.errors import TransportError, WrongNetworkSetup
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
def test_a_proxy_setting_without_a_usable_address_is_named(
    send: Send, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    error = failure(send, HttpRequest("GET", "https://api.invalid/me"))  # httpx prepares each proxy that is set
    assert type(error) is WrongNetworkSetup
    assert str(error) == "HTTP_PROXY has no address of a proxy that can be used; correct or unset it"
    assert not error.retryable
    assert "refused the connection" in str(failure(send, HttpRequest("GET", f"http://127.0.0.1:{closed_port()}/")))


@pytest.mark.parametrize("status", [407, 403, 401])
def test_a_proxy_that_refuses_the_tunnel_is_named_with_its_setting(
    send: Send, serve: Serve, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    proxy = serve(reply(f"HTTP/1.1 {status} Secret Reason\r\nContent-Length: 0\r\n\r\n".encode()))
    monkeypatch.setenv("HTTPS_PROXY", f"http://ada:{SECRET}@{proxy.address}")
    error = failure(send, HttpRequest("POST", "https://api.invalid/token", body=SECRET.encode()))
    named = f"the proxy http://{proxy.address} (set by HTTPS_PROXY)"
    assert str(error) == f"{named} refuses to connect to api.invalid (HTTP status {status}); correct HTTPS_PROXY"
    assert type(error) is WrongNetworkSetup
    assert (error.status, error.retryable) == (None, False)


def test_a_proxy_that_cannot_connect_is_named_and_may_be_asked_again(
    send: Send, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(reply(b"HTTP/1.1 502 Secret Reason\r\nContent-Length: 0\r\n\r\n"))
    monkeypatch.setenv("https_proxy", proxy.address)
    error = failure(send, HttpRequest("POST", "https://api.invalid/token", body=SECRET.encode()))
    named = f"the proxy http://{proxy.address} (set by https_proxy)"
    assert str(error) == (
        f"{named} did not connect to api.invalid (HTTP status 502); try again later, or correct https_proxy"
    )
    assert (type(error), error.retryable) == (TransportError, True)


def test_a_proxy_that_refuses_connections_is_blamed_and_not_the_server(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port()
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{port}")
    error = failure(send, HttpRequest("GET", "https://api.invalid/me"))
    named = f"the proxy http://127.0.0.1:{port} (set by ALL_PROXY)"
    assert str(error) == f"{named} refuses connections; correct ALL_PROXY, or start the proxy"
    assert (type(error), error.retryable) == (WrongNetworkSetup, False)


@pytest.mark.parametrize(
    ("code", "kind", "remedy"),
    [
        (socket.EAI_NONAME, WrongNetworkSetup, "correct HTTPS_PROXY"),
        (socket.EAI_AGAIN, TransportError, "check the network"),
    ],
)
def test_the_name_of_a_proxy_that_is_not_found_is_not_called_the_servers(
    send: Send, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[TransportError], remedy: str
) -> None:
    def fail(*args: object, **options: object) -> object:
        raise socket.gaierror(code, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setenv("HTTPS_PROXY", "foo")
    error = failure(send, HttpRequest("GET", "https://api.invalid/me"))
    assert str(error) == f"the name of the proxy http://foo (set by HTTPS_PROXY) was not found; {remedy}"
    assert type(error) is kind


def test_a_socks_proxy_without_its_package_names_the_package_and_the_setting(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setitem(sys.modules, "socksio", None)
    error = failure(send, HttpRequest("GET", "https://api.invalid/me"))
    assert str(error) == (
        "the proxy socks5://127.0.0.1:1080 (set by ALL_PROXY) needs a package that is not installed: "
        "pip install 'httpx[socks]', or correct ALL_PROXY"
    )
    assert (type(error), error.retryable) == (WrongNetworkSetup, False)


def test_a_proxy_that_says_nothing_is_named(send: Send, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(connection: socket.socket) -> None:
        connection.recv(1)

    proxy = serve(silent)
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
    error = failure(send, HttpRequest("GET", "https://api.invalid/me", timeout=0.3))
    assert str(error).startswith(f"no answer from api.invalid through the proxy http://{proxy.address} (set by")
    assert error.retryable


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
