import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import InvalidResponse, OAuthError, PromptVMAuthError, ServerUnavailable
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.oauth.sessions import Session, own_session, parse_deleted, parse_sessions, session_url
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret

SERVER = AuthorizationServer.promptvm()
TOKEN = Secret("marker-token-0123456789")


def listed(*items: object) -> tuple[Session, ...]:
    return parse_sessions(HttpResponse(200, body=json.dumps(items).encode()), TOKEN)


def deletion(session_id: str) -> str:
    return session_url(SERVER.endpoint("sessions_endpoint"), session_id)


def test_a_complete_entry_is_read_whole() -> None:
    item = {
        "id": "s1",
        "deviceName": "laptop",
        "accessTokenPrefix": "marker-t",
        "environment": "live",
        "createdAt": "2026-03-04T12:00:00Z",
        "lastUsedAt": "2026-03-05T12:00:00Z",
        "expiresAt": "2026-04-04T12:00:00Z",
        "createdFromIp": "192.0.2.1",
        "createdFromUserAgent": "promptvm-oauth/0.1",
        "unknown": 1,
    }
    assert listed(item) == (
        Session(
            "s1",
            "laptop",
            "marker-t",
            "live",
            "2026-03-04T12:00:00Z",
            "2026-03-05T12:00:00Z",
            "2026-04-04T12:00:00Z",
            "192.0.2.1",
            "promptvm-oauth/0.1",
            current=True,
        ),
    )


def test_the_session_of_the_request_is_marked_and_no_other() -> None:
    ours, other = {"id": "s1", "accessTokenPrefix": "marker-t"}, {"id": "s2", "accessTokenPrefix": "other-to"}
    assert [session.current for session in listed(other, ours)] == [False, True]
    assert [session.current for session in listed(other, ours, {**ours, "id": "s3"})] == [False, False, False]


def test_any_field_may_be_missing_or_null() -> None:
    assert listed({"id": "s1"}, {"id": "s2", "deviceName": None, "lastUsedAt": None}) == (Session("s1"), Session("s2"))


@pytest.mark.parametrize(
    "item", [{}, {"id": None}, {"id": ""}, {"id": 5}, {"id": "a\nb"}, {"id": "x" * 10_000}, None, 5, "s1", ["s1"]]
)
def test_an_entry_without_a_usable_id_is_passed_over(item: object) -> None:
    assert listed(item, {"id": "s1"}) == (Session("s1"),)


def test_no_sessions_is_an_empty_list() -> None:
    assert listed() == ()


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"sessions": []}', b"null", b"5", b"<html>", b"[", b"\xff", b"[" * 100_000]
)
def test_what_is_no_list_is_an_invalid_response(body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        parse_sessions(HttpResponse(200, body=body), TOKEN)


@pytest.mark.parametrize("status", [199, 300])
def test_what_is_no_success_is_refused_though_its_body_is_a_list(status: int) -> None:
    with pytest.raises(OAuthError):
        parse_sessions(HttpResponse(status, body=b"[]"), TOKEN)
    with pytest.raises(OAuthError):
        parse_deleted(HttpResponse(status), TOKEN)


def test_a_refused_list_is_an_oauth_error_without_our_token() -> None:
    body = json.dumps({"error": "invalid_token", "error_description": f"{TOKEN.reveal()} is over"}).encode()
    with pytest.raises(OAuthError, match="invalid_token") as raised:
        parse_sessions(HttpResponse(401, body=body), TOKEN)
    assert raised.value.status == 401
    assert "marker" not in str(raised.value)
    with pytest.raises(ServerUnavailable):
        parse_sessions(HttpResponse(503), TOKEN)


def test_what_is_shown_of_a_session_is_cleaned() -> None:
    (session,) = listed({"id": "s1", "deviceName": "a\x1b[2J\u202eb\n" + "x" * 1000, "createdFromUserAgent": "\r\n"})
    assert session.device_name.isprintable()
    assert len(session.device_name) <= 300
    assert session.created_from_user_agent == ""


@pytest.mark.parametrize(
    ("session_id", "path"),
    [
        ("s1", "s1"),
        ("a/b", "a%2Fb"),
        ("../me", "..%2Fme"),
        ("a?b#c", "a%3Fb%23c"),
        ("a b", "a%20b"),
        ("a%2fb", "a%252fb"),
        ("é", "%C3%A9"),
    ],
)
def test_the_id_of_a_session_is_escaped_into_the_path(session_id: str, path: str) -> None:
    assert deletion(session_id) == f"{SERVER.sessions_endpoint}/{path}"


@pytest.mark.parametrize("session_id", ["", ".", "..", "\udcff"])
def test_an_id_that_would_name_something_else_is_refused(session_id: str) -> None:
    with pytest.raises(PromptVMAuthError):
        deletion(session_id)


@pytest.mark.parametrize(
    "response", [HttpResponse(200, body=b"<html>"), HttpResponse(204), HttpResponse(202, body=b"{"), HttpResponse(404)]
)
def test_a_session_that_is_gone_is_gone_whatever_the_body_says(response: HttpResponse) -> None:
    parse_deleted(response, TOKEN)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 500])
def test_a_refused_end_is_an_oauth_error(status: int) -> None:
    body = json.dumps({"error": "no", "error_description": TOKEN.reveal()}).encode()
    with pytest.raises(OAuthError) as raised:
        parse_deleted(HttpResponse(status, body=body), TOKEN)
    assert raised.value.status == status
    assert "marker" not in str(raised.value)


def session(session_id: str, prefix: str) -> Session:
    return Session(session_id, access_token_prefix=prefix)


@pytest.mark.parametrize(
    ("prefixes", "own"),
    [
        (["marker-t"], "0"),
        (["other-to", "marker-token"], "1"),
        ([TOKEN.reveal()], "0"),
        (["marker-"], None),
        (["", "m"], None),
        (["marker-t", "marker-to"], None),
        (["marker-t", "marker-t"], None),
        (["marker-t", "marker-"], "0"),
        (["Marker-t"], None),
        ([f"{TOKEN.reveal()}x"], None),
        (["other-to"], None),
        ([], None),
    ],
)
def test_the_own_session_is_the_only_one_whose_long_prefix_fits(prefixes: list[str], own: str | None) -> None:
    found = own_session([session(str(index), prefix) for index, prefix in enumerate(prefixes)], TOKEN)
    assert (found and found.id) == own


@given(
    st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "deviceName", "createdAt"]), inner),
        max_leaves=8,
    ).map(lambda item: json.dumps(item).encode())
)
def test_any_body_gives_sessions_with_an_id_or_an_error_of_ours(body: bytes) -> None:
    try:
        sessions = parse_sessions(HttpResponse(200, body=body), TOKEN)
    except PromptVMAuthError:
        return
    for found in sessions:
        assert found.id
        assert f"{found.id}{found.device_name}{found.created_at}".isprintable()
