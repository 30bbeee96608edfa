"""The development server over real sockets, and the command that runs it."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from promptvm_oauth.devserver import http_server
from promptvm_oauth.devserver.command import serve
from promptvm_oauth.devserver.faults import Answer, Cut, Delay, Drop
from promptvm_oauth.devserver.http_server import DevServer
from promptvm_oauth.devserver.settings import Settings

CODE = "/api/v1/auth/device/code"
BODY = {"client_id": "promptvm-cli"}
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@contextmanager
def client_of(server: DevServer) -> Generator[httpx.Client, None, None]:
    with httpx.Client(base_url=server.base_url, trust_env=False, timeout=5) as client:
        yield client


def talk(server: DevServer, sent: bytes) -> bytes:
    """Send bytes and give all that comes back until the server closes."""
    port = int(server.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def test_a_device_login_works_from_the_first_request_to_the_revoked_session() -> None:
    with DevServer() as server, client_of(server) as client:
        device = client.post(CODE, json=BODY).json()
        page = client.get(device["verification_uri_complete"])
        assert device["user_code"] in page.text
        client.post("/cli/device", data={"user_code": device["user_code"], "action": "approve"})
        poll = {**BODY, "grant_type": DEVICE_GRANT, "device_code": device["device_code"]}
        tokens = client.post("/api/v1/auth/device/token", json=poll).json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        assert client.get("/api/v1/me").status_code == 200
        (session,) = client.get("/api/v1/auth/cli/sessions").json()
        assert client.delete(f"/api/v1/auth/cli/sessions/{session['id']}").status_code == 204
        assert client.get("/api/v1/protected").status_code == 401


def test_the_consent_page_redirects_the_browser_to_the_loopback() -> None:
    query = {
        "client_id": "promptvm-cli",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:4100/callback",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
        "state": "st",
    }
    with DevServer() as server, client_of(server) as client:
        assert client.get("/cli/authorize", params=query).status_code == 200
        reply = client.post("/cli/authorize", data={**query, "action": "approve"})
    assert reply.status_code == 302
    assert reply.headers["location"].startswith("http://127.0.0.1:4100/callback?code=")


def test_only_the_loopback_address_is_bound_and_a_stopped_server_frees_its_port() -> None:
    with DevServer() as server:
        port = int(server.base_url.rpartition(":")[2])
        assert server.base_url == f"http://127.0.0.1:{port}"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with DevServer(port) as again, client_of(again) as client:
        assert client.get("/").status_code == 200


def test_stopping_closes_idle_connections_and_replies_that_still_wait() -> None:
    with DevServer() as server, client_of(server) as client:
        client.get("/")
        server.auth.queue_fault("me", Delay(60))
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.get, "/api/v1/me")
            while server.auth.count("me") == 0:
                time.sleep(0.005)
            server.close()
            with pytest.raises(httpx.TransportError):
                waiting.result(timeout=5)
    server.close()


def test_a_server_that_was_never_started_can_be_closed() -> None:
    server = DevServer()
    server.close()


def test_connections_are_kept_open_for_the_next_request() -> None:
    with DevServer() as server, client_of(server) as client:
        first = client.get("/").extensions["network_stream"].get_extra_info("client_addr")
        second = client.get("/").extensions["network_stream"].get_extra_info("client_addr")
        assert first == second
        closing = client.get("/", headers={"Connection": "close"})
        assert closing.headers["connection"] == "close"


def test_a_silent_connection_holds_nobody_up() -> None:
    with DevServer() as server, client_of(server) as client:
        port = int(server.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            assert client.get("/").status_code == 200


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127"])
def test_a_client_that_takes_too_long_is_cut_off(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "REQUEST_TIMEOUT", 0.1)
    with DevServer() as server:
        assert talk(server, sent) == b""


def test_beyond_the_most_connections_new_ones_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 1)
    with DevServer() as server:
        port = int(server.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            assert talk(server, b"") == b""


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: evil.test\r\n", b"421"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.test\r\n", b"421"),
        (b"GET / HTTP/1.1\r\nHost: [::\r\n", b"421"),
        (b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 1\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16385\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 5000 + b"\r\n", b"400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n", b"414"),
        (b"PROPFIND / HTTP/1.1\r\nHost: localhost\r\n", b"501"),
        (b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", b"405"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
    ],
)
def test_a_request_that_breaks_the_rules_is_refused_and_the_server_serves_on(head: bytes, status: bytes) -> None:
    with DevServer() as server, client_of(server) as client:
        assert talk(server, head + b"\r\n").split(b"\r\n")[0].find(status) > 0
        assert client.get("/").status_code == 200


def test_an_answer_to_head_has_no_body() -> None:
    with DevServer() as server:
        received = talk(server, b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 405 ")
    assert received.endswith(b"\r\n\r\n")


def test_clients_that_vanish_leave_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    with DevServer() as server, client_of(server) as client:
        port = int(server.base_url.rpartition(":")[2])
        for sent in (b"", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(sent)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        assert client.get("/").status_code == 200
        assert server.auth.count() == 1
    assert capfd.readouterr() == ("", "")


def test_a_dropped_connection_brings_not_one_byte() -> None:
    with DevServer() as server, client_of(server) as client:
        server.auth.queue_fault("device_code", Drop())
        with pytest.raises(httpx.RemoteProtocolError):
            client.post(CODE, json=BODY)
        assert client.post(CODE, json=BODY).status_code == 200


def test_a_cut_reply_has_its_head_and_breaks_off_in_its_body() -> None:
    with DevServer() as server, client_of(server) as client:
        server.auth.queue_fault("device_code", Cut())
        with client.stream("POST", CODE, json=BODY) as reply:
            assert reply.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError):
                reply.read()


def test_a_delayed_reply_comes_after_the_time_out_although_the_request_was_carried_out() -> None:
    with DevServer() as server, client_of(server) as client:
        server.auth.queue_fault("device_code", Delay(5))
        with pytest.raises(httpx.ReadTimeout):
            client.post(CODE, json=BODY, timeout=0.1)
        assert server.auth.count("device_code", outcome="ok") == 1


def test_another_answer_takes_the_place_of_the_real_one() -> None:
    with DevServer() as server, client_of(server) as client:
        server.auth.queue_fault("device_code", Answer(503, b"<h1>busy</h1>", {"Retry-After": "2"}))
        reply = client.post(CODE, json=BODY)
    assert (reply.status_code, reply.headers["retry-after"], reply.text) == (503, "2", "<h1>busy</h1>")


def test_the_log_is_called_with_every_request_and_settings_turn_while_it_runs() -> None:
    endpoints: list[str] = []
    settings = Settings(device_interval=2)
    with (
        DevServer(settings=settings, log=lambda entry: endpoints.append(entry.endpoint)) as server,
        client_of(server) as client,
    ):
        assert client.post(CODE, json=BODY).json()["interval"] == 2
        settings.device_interval = 3
        assert client.post(CODE, json=BODY).json()["interval"] == 3
    assert endpoints == ["device_code", "device_code"]


def test_the_command_says_where_it_is_and_how_to_try_it_and_then_what_was_asked() -> None:
    out = io.StringIO()

    def person() -> None:
        base_url = out.getvalue().split("--base-url ")[1].split("\n")[0]
        httpx.get(f"{base_url}/api/v1/me", trust_env=False)
        httpx.post(f"{base_url}{CODE}", json=BODY, trust_env=False)
        port = int(base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /\x1b[2J\xff HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert connection.recv(1) == b"H"
        raise KeyboardInterrupt

    assert serve(port=0, out=out, wait=person) == 0
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("PromptVM development server at http://127.0.0.1:")
    assert lines[-5:] == [
        "GET    /api/v1/me 401  unauthorized",
        f"POST   {CODE} 200",
        r"GET    /\x1b[2J\xff 404  not_found",
        "",
        "stopped",
    ]


def test_the_command_says_in_one_line_that_the_port_is_taken() -> None:
    out, err = io.StringIO(), io.StringIO()
    with DevServer() as server:
        port = int(server.base_url.rpartition(":")[2])
        assert serve(port=port, out=out, err=err) == 1
    assert out.getvalue() == ""
    assert err.getvalue().startswith(f"cannot listen on 127.0.0.1:{port}: ")
    assert err.getvalue().count("\n") == 1


@pytest.mark.parametrize("wrong", [{"port": 70_000}, {"access_token_lifetime": -1}])
def test_the_command_says_in_one_line_what_makes_no_sense(wrong: dict[str, int]) -> None:
    out, err = io.StringIO(), io.StringIO()
    port, lifetime = wrong.get("port", 0), wrong.get("access_token_lifetime", 1)
    assert serve(port=port, settings=lambda: Settings(access_token_lifetime=lifetime), out=out, err=err) == 1
    assert (out.getvalue(), err.getvalue().count("\n")) == ("", 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_control_c_ends_the_command_with_status_0() -> None:
    program = "import sys; from promptvm_oauth.devserver.command import serve; sys.exit(serve(port=0))"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        watchdog = threading.Timer(20, process.kill)
        watchdog.start()
        while "Ctrl-C" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
        watchdog.cancel()
        assert process.stdout.read().endswith("stopped\n")
