import json

import pytest
from promptvm_oauth.domain.errors import InvalidResponse, OAuthError, RefreshRejected, ServerUnavailable
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.oauth.token_endpoint import parse_refresh_response, refresh_request
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret

SERVER = AuthorizationServer.promptvm()
REFRESH = Secret("marker-refresh-token")
NOW = 1_800_000_000.0


def refused(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> OAuthError:
    with pytest.raises(OAuthError) as raised:
        parse_refresh_response(HttpResponse(status, headers or {}, body), NOW, REFRESH)
    assert "marker" not in str(raised.value)
    return raised.value


def test_the_request_holds_the_grant_the_client_and_the_token() -> None:
    request = refresh_request(SERVER, REFRESH)
    assert (request.method, request.url) == ("POST", SERVER.token_endpoint)
    assert json.loads(request.body or b"") == {
        "grant_type": "refresh_token",
        "client_id": "promptvm-cli",
        "refresh_token": "marker-refresh-token",
    }


def test_new_tokens_are_given() -> None:
    body = b'{"access_token": "at", "refresh_token": "rt", "expires_in": 60}'
    tokens = parse_refresh_response(HttpResponse(200, body=body), NOW, REFRESH)
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in) == (Secret("at"), Secret("rt"), 60.0)


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_invalid_grant_means_log_in_again(status: int) -> None:
    body = json.dumps({"error": "invalid_grant", "error_description": f"{REFRESH.reveal()} was revoked"}).encode()
    error = refused(status, body)
    assert isinstance(error, RefreshRejected)
    assert error.needs_login
    assert not error.retryable
    assert (error.code, error.status) == ("invalid_grant", status)
    assert "was revoked" in error.description


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"title": "Bad Request"}'])
def test_a_bare_refusal_of_the_token_means_log_in_again(status: int, body: bytes) -> None:
    assert isinstance(refused(status, body), RefreshRejected)


def test_a_form_encoded_invalid_grant_counts_too() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert isinstance(refused(400, b"error=invalid_grant", headers), RefreshRejected)


@pytest.mark.parametrize("status", [407, 408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "server_error"}'])
def test_a_server_that_cannot_answer_now_keeps_the_session(status: int, body: bytes) -> None:
    error = refused(status, body)
    assert isinstance(error, ServerUnavailable)
    assert error.retryable
    assert not error.needs_login


@pytest.mark.parametrize("code", ["temporarily_unavailable", "server_error"])
def test_a_server_that_says_later_keeps_the_session(code: str) -> None:
    assert isinstance(refused(400, json.dumps({"error": code}).encode()), ServerUnavailable)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "invalid_request"),
        (401, "invalid_client"),
        (400, "unauthorized_client"),
        (400, "invalid_scope"),
        (404, ""),
    ],
)
def test_any_other_refusal_says_nothing_about_the_session(status: int, code: str) -> None:
    error = refused(status, json.dumps({"error": code} if code else {}).encode())
    assert type(error) is OAuthError
    assert error.code == code
    assert not error.needs_login


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_refusal_and_not_a_rejection(status: int) -> None:
    error = refused(status, headers={"location": "https://evil.test/token"})
    assert type(error) is OAuthError
    assert str(status) in str(error)


def test_a_success_without_tokens_is_an_invalid_response_and_not_a_rejection() -> None:
    with pytest.raises(InvalidResponse):
        parse_refresh_response(HttpResponse(200, body=b"{}"), NOW, REFRESH)
