"""How strictly the development server reads: bodies, methods and paths."""

import json

import pytest
from promptvm_oauth.devserver.auth_server import AuthServer
from promptvm_oauth.devserver.exchange import Reply, Request

REFRESH = {"grant_type": "refresh_token", "client_id": "promptvm-cli", "refresh_token": "pvm_rt_x"}


def send(body: bytes, content_type: str = "application/json") -> Reply:
    return AuthServer().handle(Request("POST", "/api/v1/auth/cli/token", "", {"content-type": content_type}, body))


def error(reply: Reply) -> tuple[int, str]:
    problem = json.loads(reply.body)
    assert isinstance(problem["error_description"], str)
    return reply.status, problem["error"]


def test_a_well_formed_body_is_judged_by_its_content() -> None:
    reply = send(json.dumps(REFRESH).encode(), "Application/JSON; charset=utf-8")
    assert error(reply) == (400, "invalid_grant")


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_another_content_type_is_refused(content_type: str) -> None:
    assert error(send(json.dumps(REFRESH).encode(), content_type)) == (400, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'[["grant_type","refresh_token"]]',
        b'"text"',
        b"\xff",
        b"[" * 16_000,
        b'{"grant_type":"refresh_token","grant_type":"refresh_token"}',
        b'{"grant_type":"refresh_token","client_id":"promptvm-cli","refresh_token":7}',
        b'{"grant_type":"refresh_token","client_id":"promptvm-cli","refresh_token":null}',
        b'{"grant_type":"refresh_token","client_id":"promptvm-cli","refresh_token":{"a":"b"}}',
        b'{"grant_type":"refresh_token","client_id":"promptvm-cli","refresh_token":"' + b"x" * 5000 + b'"}',
    ],
)
def test_a_body_that_is_no_object_of_texts_is_refused(body: bytes) -> None:
    assert error(send(body)) == (400, "invalid_request")


def test_an_unknown_field_is_refused() -> None:
    assert error(send(json.dumps({**REFRESH, "scope": "profile"}).encode())) == (400, "invalid_request")


@pytest.mark.parametrize("name", ["client_id", "refresh_token"])
def test_a_missing_or_empty_field_is_named(name: str) -> None:
    for body in ({**REFRESH, name: ""}, {key: value for key, value in REFRESH.items() if key != name}):
        reply = send(json.dumps(body).encode())
        assert error(reply) == (400, "invalid_request")
        assert name in json.loads(reply.body)["error_description"]


def test_a_body_that_is_too_long_is_refused() -> None:
    assert error(send(b" " * 16_385)) == (413, "invalid_request")


def test_a_refusal_repeats_nothing_that_was_sent() -> None:
    reply = send(json.dumps({**REFRESH, "<script>": "pvm_rt_secret"}).encode())
    assert b"<script" not in reply.body
    assert b"secret" not in reply.body


def test_a_wrong_method_is_told_the_right_one() -> None:
    reply = AuthServer().handle(Request("GET", "/api/v1/auth/cli/token"))
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/auth/cli/token/", "/api/v1/ME", "/api/v1/auth/cli/sessions/"]
)
def test_an_unknown_path_under_the_api_is_a_json_error(path: str) -> None:
    assert error(AuthServer().handle(Request("GET", path))) == (404, "not_found")


def test_an_unknown_path_elsewhere_is_a_page() -> None:
    reply = AuthServer().handle(Request("GET", "/nothing"))
    assert reply.status == 404
    assert reply.headers["Content-Type"].startswith("text/html")
