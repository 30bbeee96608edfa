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


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_a_bare_refusal_of_the_token_means_log_in_again(status: int, body: bytes) -> None:
    assert isinstance(refused(status, body), RefreshRejected)


@pytest.mark.parametrize("code", ["bad_refresh_token", "interaction_required", "login_required", "consent_required"])
@pytest.mark.parametrize("status", [200, 400])
def test_a_code_that_means_the_same_means_log_in_again_too(code: str, status: int) -> None:
    error = refused(status, json.dumps({"error": code, "error_description": "The refresh token is invalid."}).encode())
    assert isinstance(error, RefreshRejected)
    assert error.code == code


def test_a_short_refresh_token_does_not_hide_that_it_was_rejected() -> None:
    with pytest.raises(RefreshRejected) as raised:
        parse_refresh_response(HttpResponse(400, body=b'{"error": "invalid_grant"}'), NOW, Secret("invalid"))
    assert raised.value.code == "invalid_grant"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "text/html", "cf-mitigated": "challenge"}, b"<!DOCTYPE html><title>Just a moment...</title>"),
        ({"content-type": "text/plain"}, b"error code: 1020"),
        ({"content-type": "application/json"}, b'{"message": "Forbidden"}'),
        ({"content-type": "application/problem+json"}, b'{"title": "Bad Request"}'),
        ({}, b"{}"),
        ({}, b"<html>"),
        ({}, b'"no"'),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_page_or_a_refusal_without_a_code_is_no_rejection(status: int, headers: dict[str, str], body: bytes) -> None:
    error = refused(status, body, headers)
    assert isinstance(error, ServerUnavailable)
    assert (error.retryable, error.needs_login, error.status) == (True, False, status)
    assert str(status) in str(error)


def test_a_403_without_a_body_is_no_rejection() -> None:
    assert isinstance(refused(403), ServerUnavailable)


@pytest.mark.parametrize("status", [200, 203, 302, 404, 511])
def test_the_page_of_a_network_is_retryable_and_nothing_was_refused(status: int) -> None:
    error = refused(status, b"<html>sign in to the hotel's network</html>", {"content-type": "text/html"})
    assert isinstance(error, ServerUnavailable)
    assert (error.retryable, error.needs_login, error.status) == (True, False, status)
    assert "hotel" not in str(error)


@pytest.mark.parametrize("body", [b"", b'{"access_token": "a', b"[]", b"null"])
def test_a_success_that_was_cut_short_is_not_to_be_repeated(body: bytes) -> None:
    with pytest.raises(InvalidResponse) as raised:
        parse_refresh_response(HttpResponse(200, {"content-type": "application/json"}, body), NOW, REFRESH)
    assert not raised.value.retryable


@pytest.mark.parametrize("status", [407, 408, 425, 429, 500, 502, 503, 504])
def test_a_busy_server_rejects_nothing_whatever_its_body_says(status: int) -> None:
    error = refused(status, b'{"error": "invalid_grant"}')
    assert isinstance(error, ServerUnavailable)
    assert not error.needs_login


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
