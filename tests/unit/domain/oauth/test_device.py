import json

import pytest
from attrs import evolve
from promptvm_oauth.domain.errors import (
    AccessDenied,
    DeviceCodeExpired,
    InvalidResponse,
    OAuthError,
    TransportError,
    UnreadableResponse,
)
from promptvm_oauth.domain.oauth.device import Polling, device_request
from promptvm_oauth.domain.oauth.device_response import DeviceCodeResponse
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.tokens import TokenResponse
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret

SERVER = AuthorizationServer.promptvm()
ISSUED = DeviceCodeResponse(Secret("marker-device-code"), "ABCD-EFGH", "https://h/device", interval=5.0)
NOW = 1_800_000_000.0
POLLING = Polling.start(SERVER, ISSUED, 600.0, NOW, 0.0)


def refusal(error: str | None, status: int = 400, **more: object) -> HttpResponse:
    members = more if error is None else {"error": error} | more
    return HttpResponse(status, body=json.dumps(members).encode())


def test_the_device_request_holds_the_client_and_the_name_and_nothing_else() -> None:
    request = device_request(SERVER, "my laptop")
    assert (request.method, request.url) == ("POST", SERVER.device_authorization_endpoint)
    assert json.loads(request.body or b"") == {"client_id": "promptvm-cli", "device_name": "my laptop"}
    assert json.loads(device_request(SERVER, None).body or b"") == {"client_id": "promptvm-cli"}


def test_a_poll_holds_the_grant_the_client_and_the_code() -> None:
    request = POLLING.request()
    assert (request.method, request.url) == ("POST", SERVER.device_token_endpoint)
    assert json.loads(request.body or b"") == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": "promptvm-cli",
        "device_code": "marker-device-code",
    }


def test_an_approval_gives_the_tokens() -> None:
    tokens = POLLING.process(HttpResponse(200, body=b'{"access_token": "at"}'), NOW)
    assert isinstance(tokens, TokenResponse)
    assert tokens.access_token == Secret("at")


def test_pending_changes_nothing() -> None:
    assert POLLING.process(refusal("authorization_pending"), NOW) == POLLING


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_success_that_was_cut_short_ends_the_login(status: int) -> None:
    with pytest.raises(TransportError, match="log in again") as raised:
        POLLING.transport_failed(TransportError("cut short", status=status), NOW)
    assert raised.value.status == status


@pytest.mark.parametrize("status", [None, 302, 400, 500, 503])
def test_an_error_that_was_cut_short_is_polled_again(status: int | None) -> None:
    assert POLLING.transport_failed(TransportError("cut short", status=status), NOW).backoff == 10.0


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(None), ""),
        (refusal("invalid_grant"), "invalid_grant"),
        (refusal("invalid_request"), "invalid_request"),
        (refusal("device_not_found", 404), "device_not_found"),
        (refusal("Authorization_Pending"), "Authorization_Pending"),
        (HttpResponse(400), ""),
        (refusal(None, 403), ""),
        (HttpResponse(404, body=b'{"message": "Not Found"}'), ""),
    ],
)
def test_an_error_that_nobody_knows_ends_the_login(answer: HttpResponse, code: str) -> None:
    with pytest.raises(OAuthError) as raised:
        POLLING.process(answer, NOW)
    assert type(raised.value) is OAuthError
    assert raised.value.code == code


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"access_token": ""}', b'{"access_token": "cut sho', b"null"])
def test_a_success_without_tokens_ends_the_login(body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        POLLING.process(HttpResponse(200, body=body), NOW)


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 511])
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/json", ""])
def test_what_is_not_the_servers_answer_is_polled_again(status: int, kind: str) -> None:
    page = HttpResponse(status, {"content-type": kind}, b"<html>blocked by the gateway</html>")
    problem = "the server is busy" if status > 500 else f"the answer (HTTP status {status}) is not the server's"
    once = POLLING.process(page, NOW)
    assert isinstance(once, Polling)
    assert once == evolve(POLLING, backoff=10.0, outage=problem, outage_since=NOW)
    twice = once.process(evolve(page, headers={"content-type": kind, "retry-after": "42"}), NOW + 10)
    assert twice == evolve(POLLING, backoff=20.0, retry_after=42.0, outage=problem, outage_since=NOW)


def test_a_redirect_is_not_the_servers_answer() -> None:
    going_on = POLLING.process(HttpResponse(302, {"location": "https://evil.test"}), NOW)
    assert isinstance(going_on, Polling)
    assert (going_on.backoff, going_on.outage) == (10.0, "the answer (HTTP status 302) is not the server's")
    with pytest.raises(OAuthError):
        POLLING.process(refusal("invalid_grant", 302), NOW)


def test_an_answer_that_cannot_be_read_ends_the_login_since_the_code_may_be_spent() -> None:
    error = UnreadableResponse("compressed in an unknown way", status=200)
    with pytest.raises(UnreadableResponse) as raised:
        POLLING.transport_failed(error, NOW)
    assert raised.value is error


def test_a_success_with_an_error_is_that_error() -> None:
    assert POLLING.process(refusal("authorization_pending", 200), NOW) == POLLING
    with pytest.raises(AccessDenied):
        POLLING.process(refusal("access_denied", 200, access_token="at"), NOW)
    with pytest.raises(OAuthError):
        POLLING.process(refusal("anything", 200, access_token="at"), NOW)


@pytest.mark.parametrize(("error", "kind"), [("access_denied", AccessDenied), ("expired_token", DeviceCodeExpired)])
@pytest.mark.parametrize("status", [400, 401, 403, 200])
def test_a_no_and_a_void_code_are_types_of_their_own(error: str, kind: type[OAuthError], status: int) -> None:
    with pytest.raises(kind) as raised:
        POLLING.process(refusal(error, status, error_description="why"), NOW)
    assert (raised.value.code, raised.value.description, raised.value.status) == (error, "why", status)
    assert not raised.value.retryable


def test_an_error_does_not_repeat_the_device_code() -> None:
    with pytest.raises(OAuthError) as raised:
        POLLING.process(refusal("bad", error_description="marker-device-code is unknown"), NOW)
    assert "marker" not in str(raised.value)
