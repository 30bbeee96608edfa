import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import InvalidResponse, OAuthError, PromptVMAuthError, ServerUnavailable
from promptvm_oauth.domain.oauth.response import json_object, read_object, refusal, retry_after
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing import json_response

FORM = "application/x-www-form-urlencoded"
SENT = Secret("marker-secret-that-was-sent")


def answer(status: int = 200, /, **members: object) -> HttpResponse:
    return HttpResponse(status, body=json.dumps(members).encode())


def test_a_successful_json_object_is_given_as_it_is() -> None:
    assert read_object(answer(a=1, b=[2], c=None)) == {"a": 1, "b": [2], "c": None}
    assert read_object(answer(201, a=1)) == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"5",
        b"null",
        b"NaN",
        b"<html>",
        b'{"a": 1',
        b'{"a": 1} trailing',
        b"\xff\xfe\xfd",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_success_that_is_no_json_object_is_an_invalid_response(body: bytes) -> None:
    with pytest.raises(InvalidResponse) as error:
        read_object(HttpResponse(200, body=body))
    assert "html" not in str(error.value)


@pytest.mark.parametrize("error", ["invalid_request", {"code": "nested"}, ["x"], 5, True])
def test_a_success_with_an_error_in_it_is_an_error(error: object) -> None:
    with pytest.raises(OAuthError) as raised:
        read_object(answer(200, error=error, access_token="t"))
    assert raised.value.status == 200
    assert raised.value.code == (error if isinstance(error, str) else "")


@pytest.mark.parametrize("error", [None, "", False])
def test_an_error_member_that_says_nothing_is_no_error(error: object) -> None:
    assert read_object(answer(200, error=error, a=1))["a"] == 1


@pytest.mark.parametrize(
    ("response", "code", "description"),
    [
        (answer(400, error="invalid_request", error_description="no such thing"), "invalid_request", "no such thing"),
        (answer(403, error="invalid_code"), "invalid_code", ""),
        (
            HttpResponse(400, {"content-type": FORM}, b"error=invalid_grant&error_description=too+old"),
            "invalid_grant",
            "too old",
        ),
        (
            HttpResponse(400, {"content-type": "Application/X-WWW-Form-URLencoded; charset=utf-8"}, b"error=a"),
            "a",
            "",
        ),
        (HttpResponse(400, {"content-type": FORM}, b"error=one&error=two"), "", ""),
        (HttpResponse(400, {"content-type": "text/plain"}, b"error=invalid_grant"), "", ""),
        (HttpResponse(401, {"www-authenticate": 'Bearer realm="x", error="invalid_token"'}), "invalid_token", ""),
        (HttpResponse(401, {"www-authenticate": "Bearer"}), "", ""),
        (
            HttpResponse(400, {"content-type": "application/problem+json"}, b'{"title": "Bad", "status": 400}'),
            "",
            "",
        ),
        (HttpResponse(400), "", ""),
        (HttpResponse(400, body=b"{}"), "", ""),
        (HttpResponse(307, {"location": "https://evil.test"}), "", ""),
    ],
)
def test_a_refusal_is_read_in_whatever_form_it_comes(response: HttpResponse, code: str, description: str) -> None:
    with pytest.raises(OAuthError) as raised:
        read_object(response)
    error = raised.value
    assert (error.code, error.description, error.status) == (code, description, response.status)
    assert not error.retryable
    assert not error.needs_login


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"statusCode": 400, "message": ["property device_name should not exist"], "error": "Bad Request"},
            "Bad Request: property device_name should not exist",
        ),
        ({"error": {"code": "BAD", "message": "device_name too long"}}, "HTTP status 400: device_name too long"),
        ({"message": "Too many devices"}, "HTTP status 400: Too many devices"),
        ({"message": ["one", 5, None, "two"]}, "HTTP status 400: one; two"),
        ({"error": "x", "message": "less", "error_description": "more"}, "x: more"),
        ({"error": "x", "error_description": "", "message": "said"}, "x: said"),
        ({"message": {"a": "b"}}, "the authorization server answered HTTP status 400"),
        ({"message": ""}, "the authorization server answered HTTP status 400"),
        ({"error": {"message": ["a", "b"]}}, "HTTP status 400: a; b"),
        ({"message": "\x1b[2J\u202eno\r\n"}, "HTTP status 400: [2J no"),
        ({"message": f"{SENT.reveal()} is unknown"}, "HTTP status 400: *** is unknown"),
        ({"message": ["x" * 290, SENT.reveal()]}, f"HTTP status 400: {'x' * 290}; ***"),
    ],
)
def test_the_reason_is_told_where_the_server_has_a_message_alone(members: dict[str, object], text: str) -> None:
    assert str(refusal(HttpResponse(400, body=json.dumps(members).encode()), SENT)) == text


def test_a_long_message_is_shortened() -> None:
    assert len(refusal(answer(400, message=["y" * 10**5] * 3)).description) <= 300


@pytest.mark.parametrize("count", [21, 1000])
def test_a_form_with_too_many_fields_is_still_an_oauth_error(count: int) -> None:
    body = b"&".join(b"a%d=b" % number for number in range(count))
    assert isinstance(refusal(HttpResponse(400, {"content-type": FORM}, body)), OAuthError)


@pytest.mark.parametrize("status", [407, 408, 429, 500, 502, 503, 504, 599])
def test_a_status_that_may_pass_is_unavailable(status: int) -> None:
    error = refusal(HttpResponse(status, {"content-type": "text/html"}, b"<html>upstream marker</html>"))
    assert isinstance(error, ServerUnavailable)
    assert error.retryable
    assert not error.needs_login
    assert str(status) in str(error)
    assert "marker" not in str(error)


@pytest.mark.parametrize("code", ["server_error", "temporarily_unavailable"])
def test_a_server_that_says_later_is_unavailable(code: str) -> None:
    assert isinstance(refusal(answer(400, error=code)), ServerUnavailable)


def test_text_of_the_server_is_cleaned_and_capped() -> None:
    error = refusal(
        answer(400, error="bad\x1b[2J\nthing" + "x" * 1000, error_description="<b>\u202e\r\n" + "y" * 10**5)
    )
    assert error.code.startswith("bad [2J thing")
    assert len(error.code) <= 100
    assert len(error.description) <= 300
    assert str(error).isprintable()


@pytest.mark.parametrize("member", ["error", "error_description"])
@pytest.mark.parametrize("padding", ["", "x" * 280, "x" * 95])
def test_no_part_of_what_was_sent_comes_back_in_the_text(member: str, padding: str) -> None:
    members = {"error": "invalid_grant"} | {member: f"{padding}{SENT.reveal()} is unknown"}
    error = refusal(answer(400, **members), SENT)
    assert "marker" not in str(error)
    assert "marker" not in error.code + error.description


def test_no_part_of_what_was_sent_comes_back_by_a_challenge_header() -> None:
    error = refusal(HttpResponse(401, {"www-authenticate": f'Bearer error="{SENT.reveal()}"'}), SENT)
    assert "marker" not in str(error)


def test_an_empty_secret_takes_nothing_out() -> None:
    assert refusal(answer(400, error="a", error_description="as it was"), Secret("")).description == "as it was"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("5", 5.0),
        (" 120 ", 120.0),
        ("999999", 999999.0),
        ("1000000", None),
        ("9" * 5000, None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("5, 5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_only(value: str, seconds: float | None) -> None:
    assert retry_after(HttpResponse(503, {"retry-after": value})) == seconds


def test_without_retry_after_no_pause_is_named() -> None:
    assert retry_after(HttpResponse(503)) is None


@given(
    st.integers(min_value=100, max_value=599),
    st.dictionaries(st.sampled_from(["content-type", "www-authenticate", "retry-after"]), st.text() | st.just(FORM)),
    st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")),
)
def test_any_answer_is_an_object_or_an_error_of_ours(status: int, headers: dict[str, str], body: bytes) -> None:
    try:
        members = read_object(HttpResponse(status, headers, body), SENT)
    except PromptVMAuthError:
        return
    assert 200 <= status < 300
    assert members == json_object(body)


@pytest.mark.parametrize("code", ["slow_down", "expired_token", "access_denied", "invalid_grant"])
def test_a_short_secret_does_not_spoil_a_standard_error_code(code: str) -> None:
    with pytest.raises(OAuthError) as raised:
        read_object(json_response(400, {"error": code, "error_description": "d is wrong"}), Secret("d"), Secret("e"))
    assert raised.value.code == code
    assert raised.value.description == "*** is wrong"


def test_a_code_of_the_servers_own_repeats_no_secret() -> None:
    with pytest.raises(OAuthError) as raised:
        read_object(json_response(400, {"error": "bad marker-secret"}), Secret("marker-secret"))
    assert raised.value.code == "bad ***"


@pytest.mark.parametrize(
    "code",
    [
        *("invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unauthorized_client"),
        *("access_denied", "unsupported_grant_type", "unsupported_response_type", "unsupported_token_type"),
        *("server_error", "temporarily_unavailable", "authorization_pending", "slow_down", "expired_token"),
        *("invalid_token", "insufficient_scope", "insufficient_user_authentication", "bad_refresh_token"),
        *("interaction_required", "login_required", "consent_required"),
    ],
)
def test_a_standard_code_is_read_whole_though_a_short_secret_is_part_of_it(code: str) -> None:
    secrets = [Secret(letter) for letter in "eio"]
    assert refusal(answer(400, error=code), *secrets).code == code


@pytest.mark.parametrize("status", [100, 199, 300])
def test_a_status_that_is_no_success_is_an_error_whatever_the_body(status: int) -> None:
    with pytest.raises(OAuthError):
        read_object(answer(status, access_token="t"))
