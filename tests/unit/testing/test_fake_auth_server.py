"""The server in process: an HTTP port for either colour, under a clock that the test holds."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from promptvm_oauth.devserver.faults import Answer, Cut, Delay, Drop
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import TransportError
from promptvm_oauth.ports.http import Http, HttpRequest, HttpResponse
from promptvm_oauth.testing.auth_server import FakeAuthServer

Run = Callable[[Coroutine[Any, Any, HttpResponse]], HttpResponse]
both_colours = pytest.mark.parametrize("run", [run_blocking, asyncio.run])


class HeldClock:
    """Time that a test moves, and that remembers what was slept."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def post(path: str, body: dict[str, str], *, timeout: float = 30, max_body: int = 1 << 20) -> HttpRequest:
    return HttpRequest(
        "POST",
        f"https://api.promptvm.test/api/v1/auth/{path}",
        {"Content-Type": "application/json"},
        json.dumps({"client_id": "promptvm-cli", **body}).encode(),
        timeout,
        max_body,
    )


def authorize_url(server: FakeAuthServer) -> str:
    return (
        f"{server.app_url}/cli/authorize?client_id=promptvm-cli&response_type=code&state=s"
        f"&redirect_uri=http%3A%2F%2F127.0.0.1%3A4100%2Fcallback&code_challenge={'c' * 43}&code_challenge_method=S256"
    )


@both_colours
def test_the_fake_answers_as_an_http_port(run: Run) -> None:
    server: Http = FakeAuthServer()
    response = run(server.send(post("device/code", {})))
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.body)["verification_uri"] == "https://app.promptvm.test/cli/device"


@both_colours
def test_the_web_app_is_served_at_its_own_origin(run: Run) -> None:
    response = run(FakeAuthServer().send(HttpRequest("GET", "https://app.promptvm.test")))
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.promptvm.ai/api/v1/me",
        "http://api.promptvm.test/api/v1/me",
        "https://api.promptvm.test:444/api/v1/me",
        "https://user@api.promptvm.test/api/v1/me",
    ],
)
def test_the_url_of_any_other_server_is_refused(url: str) -> None:
    server = FakeAuthServer()
    with pytest.raises(TransportError) as raised:
        run_blocking(server.send(HttpRequest("GET", url)))
    assert raised.value.status is None
    assert server.log == ()


@both_colours
def test_a_dropped_connection_is_a_transport_error_without_a_status(run: Run) -> None:
    server = FakeAuthServer()
    server.queue_fault("device_code", Drop())
    with pytest.raises(TransportError) as raised:
        run(server.send(post("device/code", {})))
    assert raised.value.status is None
    assert run(server.send(post("device/code", {}))).status == 200


@both_colours
def test_a_body_that_breaks_off_is_a_transport_error_with_its_status(run: Run) -> None:
    server = FakeAuthServer()
    server.queue_fault("device_code", Cut())
    with pytest.raises(TransportError) as raised:
        run(server.send(post("device/code", {})))
    assert raised.value.status == 200


def test_a_body_that_is_too_long_is_a_transport_error_with_its_status() -> None:
    server = FakeAuthServer()
    server.queue_fault("device_code", Answer(200, b"x" * 101))
    with pytest.raises(TransportError) as raised:
        run_blocking(server.send(post("device/code", {}, max_body=100)))
    assert raised.value.status == 200


def test_a_late_reply_sleeps_on_the_clock() -> None:
    clock = HeldClock()
    server = FakeAuthServer(clock)
    server.queue_fault("device_code", Delay(7))
    assert run_blocking(server.send(post("device/code", {}))).status == 200
    assert clock.slept == [7]


def test_a_reply_that_is_later_than_the_time_out_is_lost() -> None:
    clock = HeldClock()
    server = FakeAuthServer(clock)
    server.queue_fault("device_code", Delay(7))
    with pytest.raises(TransportError):
        run_blocking(server.send(post("device/code", {}, timeout=5)))
    assert clock.slept == [5]
    assert server.count("device_code", outcome="ok") == 1


def test_tokens_live_by_the_given_clock() -> None:
    clock = HeldClock()
    server = FakeAuthServer(clock)
    device = json.loads(run_blocking(server.send(post("device/code", {}))).body)
    server.approve_device(device["user_code"])
    grant_type = "urn:ietf:params:oauth:grant-type:device_code"
    body = {"grant_type": grant_type, "device_code": device["device_code"]}
    tokens = json.loads(run_blocking(server.send(post("device/token", body))).body)
    me = HttpRequest("GET", f"{server.base_url}/api/v1/me", {"Authorization": f"Bearer {tokens['access_token']}"})
    assert run_blocking(server.send(me)).status == 200
    clock.seconds += 3600
    assert run_blocking(server.send(me)).status == 401


def test_the_fake_plays_the_person_in_the_browser() -> None:
    server = FakeAuthServer()
    approved = server.approve(authorize_url(server))
    assert approved.startswith("http://127.0.0.1:4100/callback?code=")
    assert approved.endswith("&state=s")
    assert "error=access_denied" in server.deny(authorize_url(server))


def test_the_fake_plays_the_person_who_denies_a_device() -> None:
    server = FakeAuthServer()
    device = json.loads(run_blocking(server.send(post("device/code", {}))).body)
    server.deny_device(device["user_code"])
    grant_type = "urn:ietf:params:oauth:grant-type:device_code"
    body = {"grant_type": grant_type, "device_code": device["device_code"]}
    answer = json.loads(run_blocking(server.send(post("device/token", body))).body)
    assert answer["error"] == "access_denied"


def test_its_settings_can_be_turned_while_it_runs() -> None:
    server = FakeAuthServer()
    server.settings.device_interval = 9
    assert json.loads(run_blocking(server.send(post("device/code", {}))).body)["interval"] == 9


def test_closing_it_twice_does_no_harm() -> None:
    server = FakeAuthServer()
    run_blocking(server.close())
    run_blocking(server.close())
    assert run_blocking(server.send(post("device/code", {}))).status == 200
