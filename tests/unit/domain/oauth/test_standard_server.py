"""The standard dialect: form bodies, client secrets, `iss`, extra parameters, revocation, and what a grant holds."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from attrs import evolve
from promptvm_oauth.domain.errors import (
    AccessDenied,
    ConfigurationError,
    EndpointUnknown,
    InvalidUrl,
    OAuthError,
    ServerUnavailable,
    TransportError,
    WrongIssuer,
)
from promptvm_oauth.domain.oauth.authorization import Attempt, VerifiedCode, code_request
from promptvm_oauth.domain.oauth.device import Polling, device_request
from promptvm_oauth.domain.oauth.device_response import DeviceCodeResponse
from promptvm_oauth.domain.oauth.revocation import parse_revoked, revocation_request
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.oauth.token_endpoint import refresh_request
from promptvm_oauth.domain.tokens import StoredTokens
from promptvm_oauth.domain.use_cases.revocation import Revocation
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing.entropy import FakeEntropy
from promptvm_oauth.testing.http import Answer, ScriptedHttp, json_response

ISSUER = "https://login.example.test"
SERVER = AuthorizationServer.standard(
    ISSUER,
    "my app",
    authorization_endpoint=f"{ISSUER}/authorize",
    token_endpoint=f"{ISSUER}/token",
    device_authorization_endpoint=f"{ISSUER}/device",
    revocation_endpoint=f"{ISSUER}/revoke",
    scope="openid a+b",
    iss_promised=True,
)
ATTEMPT = Attempt.begin(SERVER, FakeEntropy().random_bytes)
STATE = ATTEMPT.state.reveal()
REDIRECT = "http://127.0.0.1:5000/callback"
TOKENS = StoredTokens("access-1", "refresh-1")


def body(request: HttpRequest) -> dict[str, str]:
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Accept"] == "application/json"
    return dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True, strict_parsing=True))


def accept(attempt: Attempt = ATTEMPT, **parameters: str) -> Any:
    return attempt.accept(urlencode({"state": STATE} | parameters))


def test_the_exchange_is_form_encoded() -> None:
    request = code_request(SERVER, Secret("c+o/d=e &"), ATTEMPT.verifier, REDIRECT)
    assert request.url == f"{ISSUER}/token"
    assert body(request) == {
        "grant_type": "authorization_code",
        "client_id": "my app",
        "code": "c+o/d=e &",
        "code_verifier": ATTEMPT.verifier.reveal(),
        "redirect_uri": REDIRECT,
    }


def test_the_refresh_is_form_encoded() -> None:
    request = refresh_request(SERVER, Secret("r 1"))
    assert body(request) == {"grant_type": "refresh_token", "client_id": "my app", "refresh_token": "r 1"}


def test_the_device_request_asks_for_the_scope_and_names_no_device() -> None:
    request = device_request(SERVER, "laptop")
    assert request.url == f"{ISSUER}/device"
    assert body(request) == {"client_id": "my app", "scope": "openid a+b"}
    assert body(device_request(evolve(SERVER, scope=""), "laptop")) == {"client_id": "my app"}


def test_the_poll_goes_to_the_token_endpoint() -> None:
    issued = DeviceCodeResponse("device-1", "", "")
    request = Polling.start(SERVER, issued, 60, 0, 0).request()
    assert request.url == f"{ISSUER}/token"
    assert body(request)["device_code"] == "device-1"


def test_a_secret_travels_in_the_header_form_encoded_and_the_client_id_in_the_body_too() -> None:
    server = AuthorizationServer.standard(ISSUER, "a b", token_endpoint=f"{ISSUER}/t", client_secret="s:+%/ä")
    request = refresh_request(server, Secret("r"))
    scheme, _, encoded = request.headers["Authorization"].partition(" ")
    assert (scheme, b64decode(encoded).decode()) == ("Basic", "a+b:s%3A%2B%25%2F%C3%A4")
    assert body(request)["client_id"] == "a b"
    assert "client_secret" not in body(request)


def test_a_secret_travels_in_the_body_where_the_server_takes_it_there() -> None:
    server = AuthorizationServer.standard(
        ISSUER, "a", token_endpoint=f"{ISSUER}/t", client_secret="s&=", client_auth="client_secret_post"
    )
    request = refresh_request(server, Secret("r"))
    assert body(request)["client_secret"] == "s&="
    assert "Authorization" not in request.headers


def test_a_public_client_sends_no_secret_at_all() -> None:
    request = refresh_request(SERVER, Secret("r"))
    assert "client_secret" not in body(request)
    assert "Authorization" not in request.headers


def test_nothing_shows_the_secret() -> None:
    server = AuthorizationServer.standard(ISSUER, "a", token_endpoint=f"{ISSUER}/t", client_secret="marker")
    assert "marker" not in repr(server) + repr(refresh_request(server, Secret("r")))


NEEDS: dict[str, Callable[[AuthorizationServer], object]] = {
    "token endpoint": lambda server: refresh_request(server, Secret("r")),
    "device authorization endpoint": lambda server: device_request(server, None),
    "revocation endpoint": lambda server: revocation_request(server, Secret("r"), "refresh_token"),
    "authorization endpoint": lambda server: Attempt.begin(server, FakeEntropy().random_bytes).authorize_url(
        REDIRECT, ""
    ),
}


@pytest.mark.parametrize("name", NEEDS)
def test_an_endpoint_that_is_not_known_is_named(name: str) -> None:
    with pytest.raises(EndpointUnknown, match=name):
        NEEDS[name](AuthorizationServer.standard(ISSUER, "a"))


@pytest.mark.parametrize("issuer", [f"{ISSUER}?x=1", f"{ISSUER}#x", "http://login.example.test", "login"])
def test_what_can_be_no_issuer_is_refused(issuer: str) -> None:
    with pytest.raises(InvalidUrl):
        AuthorizationServer.standard(issuer, "a")


def test_the_authorize_url_says_prompt_hint_and_extras_and_nothing_of_promptvms_own() -> None:
    server = evolve(SERVER, prompt="consent", login_hint="ada@x", authorize_parameters={"acr_values": "a b", "x": "&"})
    url = Attempt.begin(server, FakeEntropy().random_bytes).authorize_url(REDIRECT, "laptop").reveal()
    sent = parse_qs(urlsplit(url).query, strict_parsing=True)
    assert (sent["prompt"], sent["login_hint"], sent["acr_values"], sent["x"]) == (
        ["consent"],
        ["ada@x"],
        ["a b"],
        ["&"],
    )
    assert "device_name" not in sent


@pytest.mark.parametrize(
    "name",
    [
        *("state", "redirect_uri", "code_challenge", "code_challenge_method", "client_id", "response_type", "scope"),
        *("response_mode", "request", "request_uri", "prompt", "login_hint"),
    ],
)
def test_an_extra_parameter_of_ours_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        evolve(SERVER, authorize_parameters={name: "x"})


def test_the_right_iss_lets_the_code_through() -> None:
    assert isinstance(accept(code="x", iss=ISSUER), VerifiedCode)


@pytest.mark.parametrize("iss", ["https://evil.test", f"{ISSUER}/", ISSUER.upper(), "", "\x1b[2J"])
@pytest.mark.parametrize("rest", [{"code": "x"}, {"error": "access_denied"}, {}])
def test_a_wrong_iss_ends_the_login_whatever_else_is_said(iss: str, rest: dict[str, str]) -> None:
    for promised in (True, False):
        attempt = evolve(ATTEMPT, server=evolve(SERVER, iss_promised=promised))
        wrong = accept(attempt, iss=iss, **rest)
        assert isinstance(wrong, WrongIssuer)
        assert str(wrong).isprintable()


def test_a_code_without_the_promised_iss_ends_the_login() -> None:
    assert isinstance(accept(code="x"), WrongIssuer)
    attempt = evolve(ATTEMPT, server=evolve(SERVER, iss_promised=False))
    assert isinstance(accept(attempt, code="x"), VerifiedCode)


def test_an_error_without_the_promised_iss_is_reported_as_unverified() -> None:
    denied = accept(error="access_denied", error_description="no")
    assert isinstance(denied, AccessDenied)
    assert "unverified" in str(denied)
    assert "unverified" not in str(accept(error="access_denied", iss=ISSUER))


def test_a_wrong_iss_without_the_right_state_is_not_the_awaited_answer() -> None:
    assert ATTEMPT.accept(urlencode({"state": "wrong", "code": "x", "iss": "https://evil.test"})) is None


def test_promptvm_is_not_asked_for_iss() -> None:
    attempt = Attempt.begin(AuthorizationServer.promptvm(), FakeEntropy().random_bytes)
    assert isinstance(accept(evolve(attempt, state=ATTEMPT.state), code="x", iss="https://any.test"), VerifiedCode)


def revoke(*answers: Answer, tokens: StoredTokens = TOKENS, server: AuthorizationServer = SERVER) -> Any:
    http = ScriptedHttp(*answers)
    reason = run_blocking(Revocation(http).run(server, tokens))
    return reason, [body(request) for request in http.requests]


def test_the_refresh_token_is_revoked_before_the_access_token() -> None:
    reason, sent = revoke(HttpResponse(200, {}, b"<html>"), HttpResponse(200, {}, b"{}"))
    assert reason == ""
    assert [(each["token"], each["token_type_hint"]) for each in sent] == [
        ("refresh-1", "refresh_token"),
        ("access-1", "access_token"),
    ]


def test_a_server_that_revokes_no_access_tokens_has_done_enough() -> None:
    assert revoke(HttpResponse(200), json_response(400, {"error": "unsupported_token_type"}))[0] == ""
    only = StoredTokens("access-1")
    assert revoke(json_response(400, {"error": "unsupported_token_type"}), tokens=only)[0]


def test_a_busy_server_is_reported_with_its_time() -> None:
    reason, sent = revoke(HttpResponse(503, {"retry-after": "30"}), HttpResponse(503))
    assert "in 30 s" in reason
    assert len(sent) == 2
    with pytest.raises(ServerUnavailable):
        parse_revoked(HttpResponse(503), Secret("t"))


def test_a_lost_network_is_reported_once() -> None:
    reason, sent = revoke(TransportError("no network"))
    assert reason == "no network"
    assert len(sent) == 1


def test_a_refusal_does_not_repeat_the_token() -> None:
    with pytest.raises(OAuthError) as error:
        parse_revoked(
            json_response(400, {"error": "invalid", "error_description": "bad refresh-1"}), Secret("refresh-1")
        )
    assert "refresh-1" not in str(error.value)


def test_a_server_without_revocation_is_reported() -> None:
    assert "revocation endpoint" in revoke(server=evolve(SERVER, revocation_endpoint=None))[0]
