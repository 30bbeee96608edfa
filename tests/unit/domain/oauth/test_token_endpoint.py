import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import InvalidResponse, OAuthError, PromptVMAuthError, ServerUnavailable
from promptvm_oauth.domain.oauth.token_endpoint import lifetime_of, parse_token_response
from promptvm_oauth.domain.tokens import StoredTokens, TokenOrganization, TokenResponse, TokenUser
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.ports.timeouts import MAX_TOKEN_LIFETIME

NOW = 1_800_000_000.0
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
DESCRIPTIONS = ("refresh_token", "scope", "user", "organization")
MEMBERS = ("access_token", "token_type", "expires_in", "error", "error_description", *DESCRIPTIONS)


def answer(status: int = 200, /, **members: object) -> HttpResponse:
    return HttpResponse(status, body=json.dumps(members).encode())


def granted(**members: object) -> TokenResponse:
    return parse_token_response(answer(**({"access_token": "at"} | members)), NOW)


def test_a_complete_answer_is_read_whole() -> None:
    tokens = granted(
        refresh_token="rt",
        token_type="Bearer",
        expires_in=3600,
        scope="profile",
        user={"id": "u1", "email": "a@b.c", "name": "Ann", "image": "https://i"},
        organization={"id": "o1", "name": "Org", "slug": "org"},
        unknown={"ignored": True},
    )
    assert tokens == TokenResponse(
        access_token=Secret("at"),
        refresh_token=Secret("rt"),
        expires_in=3600.0,
        expires_at=datetime.fromtimestamp(NOW + 3600, UTC),
        scope="profile",
        user=TokenUser("u1", "a@b.c", "Ann", "https://i"),
        organization=TokenOrganization("o1", "Org", "org"),
    )
    assert tokens.token_type == "Bearer"


def test_an_access_token_alone_is_enough() -> None:
    assert granted() == TokenResponse(access_token=Secret("at"))


@pytest.mark.parametrize("token_type", ["Bearer", "bearer", "BEARER", "bEaReR", None, ""])
def test_bearer_of_any_case_and_by_omission_is_taken(token_type: object) -> None:
    assert granted(token_type=token_type).token_type == "Bearer"


@pytest.mark.parametrize(
    "token_type", ["mac", "DPoP", "N_A", "bearer ", "Bearer, mac", 5, 0, True, False, ["Bearer"], [], {"a": 1}, {}]
)
def test_any_other_type_is_refused(token_type: object) -> None:
    with pytest.raises(InvalidResponse, match="Bearer"):
        granted(token_type=token_type)


@pytest.mark.parametrize(
    "token",
    ["", None, 5, True, ["at"], {"a": "t"}, "a b", "a\r\nX-Evil: 1", "a\n", "a\0", "é", "\u202e", "\x7f", "a" * 10**6],
)
def test_an_access_token_that_would_break_a_header_is_refused(token: object) -> None:
    with pytest.raises(InvalidResponse, match="access token"):
        granted(access_token=token)


def test_a_missing_access_token_is_refused() -> None:
    with pytest.raises(InvalidResponse, match="access token"):
        parse_token_response(answer(refresh_token="rt"), NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (3600, 3600.0),
        ("3600", 3600.0),
        (3600.7, 3600.7),
        ("3600.7", 3600.7),
        (1, 1.0),
        (None, None),
        (0, None),
        ("0", None),
        (-5, None),
        ("-5", None),
        (float("nan"), None),
        ("NaN", None),
        (float("-inf"), None),
        (True, None),
        (False, None),
        ("soon", None),
        ("", None),
        ([3600], None),
        ({"s": 1}, None),
        (1e18, MAX_TOKEN_LIFETIME),
        (float("inf"), MAX_TOKEN_LIFETIME),
        pytest.param(10**400, MAX_TOKEN_LIFETIME, id="10**400"),
        pytest.param(-(10**400), None, id="-10**400"),
        ("9" * 400, MAX_TOKEN_LIFETIME),
        (MAX_TOKEN_LIFETIME + 1, MAX_TOKEN_LIFETIME),
    ],
)
def test_every_odd_lifetime_has_a_policy(value: object, seconds: float | None) -> None:
    assert lifetime_of(value) == seconds
    tokens = granted(expires_in=value)
    assert tokens.expires_in == seconds
    assert tokens.expires_at == (None if seconds is None else datetime.fromtimestamp(NOW + seconds, UTC))


def test_a_missing_lifetime_is_unknown() -> None:
    assert granted().expires_at is None


def test_a_number_of_five_thousand_digits_does_not_cost_the_token() -> None:
    body = b'{"access_token": "at", "expires_in": ' + b"9" * 5000 + b"}"
    assert parse_token_response(HttpResponse(200, body=body), NOW).access_token == Secret("at")


@pytest.mark.parametrize("token", [None, "", 5, ["rt"], "a\r\nb", "é"])
def test_an_empty_or_invalid_refresh_token_is_left_out(token: object) -> None:
    assert granted(refresh_token=token).refresh_token is None


def test_a_refresh_token_may_hold_whatever_the_rfc_allows() -> None:
    # RFC 6749 appendix A.17: 1*VSCHAR, which is %x20-7E; it travels in a body and breaks no header
    assert granted(refresh_token="a b~!").refresh_token == Secret("a b~!")


@pytest.mark.parametrize(
    ("scope", "recorded"),
    [
        ("profile", "profile"),
        ("", ""),
        ("profile admin", "profile admin"),
        ("a\x1b[2J", "a [2J"),
        (None, None),
        (5, None),
        (["profile"], None),
    ],
)
def test_the_scope_is_recorded_as_granted(scope: object, recorded: str | None) -> None:
    assert granted(scope=scope).scope == recorded


@pytest.mark.parametrize("thing", [None, "u1", 5, [], {}, {"id": ""}, {"id": None}, {"id": 5}, {"name": "Ann"}])
def test_a_user_or_organization_without_an_id_is_left_out(thing: object) -> None:
    assert granted(user=thing).user is None
    assert granted(organization=thing).organization is None


def test_a_user_without_an_id_keeps_the_address() -> None:
    assert granted(user={"email": "a@b.c", "name": "Ann"}).user == TokenUser("", "a@b.c", "Ann")
    assert granted(organization={"name": "Org"}).organization is None


def test_names_are_read_in_any_case_as_the_go_tool_does() -> None:
    body = b'{"Access_Token": "at", "REFRESH_TOKEN": "rt", "Expires_In": 60, "User": {"ID": "u1", "Email": "a@b.c"}}'
    tokens = parse_token_response(HttpResponse(200, body=body), NOW)
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in) == (Secret("at"), Secret("rt"), 60.0)
    assert tokens.user == TokenUser("u1", "a@b.c")


def test_a_name_in_lower_case_counts_before_the_same_in_another_case() -> None:
    body = b'{"access_token": "at", "Access_Token": "other", "Expires_In": 5, "expires_in": null}'
    tokens = parse_token_response(HttpResponse(200, body=body), NOW)
    assert (tokens.access_token, tokens.expires_in) == (Secret("at"), None)


@pytest.mark.parametrize(
    ("body", "access", "refresh"),
    [
        (b'{"access_token": "one", "access_token": "two"}', "two", ""),
        (b'{"access_token": "one", "user": {"id": "u"}, "access_token": "one"}', "one", ""),
        (b'{"access_token": "one", "refresh_token": "a", "expires_in": 5, "refresh_token": "b"}', "one", "b"),
    ],
)
def test_of_a_member_that_is_there_twice_the_last_one_counts(body: bytes, access: str, refresh: str) -> None:
    tokens = parse_token_response(HttpResponse(200, body=body), NOW)
    assert (tokens.access_token, tokens.refresh_token or Secret("")) == (Secret(access), Secret(refresh))


@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": "at", "user": {"id": "u", "id": "v"}}',
        b'{"access_token": "at", "a": {"access_token": 1}, "b": [{"access_token": 2}]}',
        b'{"a": {"x": 1, "x": 2}, "access_token": "at", "n": ' + b"9" * 5000 + b"}",
    ],
    ids=["user", "inner", "number"],
)
def test_what_is_repeated_inside_a_member_costs_no_token(body: bytes) -> None:
    assert parse_token_response(HttpResponse(200, body=body), NOW).access_token == Secret("at")


@pytest.mark.parametrize("token", [5, 0, False, True, ["rt"], {}, "a\r\nb", "é", "\x7f", "a" * 65537])
def test_a_refresh_token_that_cannot_be_used_is_known_to_have_been_issued(token: object) -> None:
    tokens = granted(refresh_token=token)
    assert (tokens.refresh_token, tokens.refresh_token_unusable) == (None, True)
    assert StoredTokens.granted(tokens, keep=Secret("old")).refresh_token is None


@pytest.mark.parametrize("members", [{}, {"refresh_token": None}, {"refresh_token": ""}])
def test_without_another_refresh_token_the_one_that_was_sent_lives_on(members: dict[str, Any]) -> None:
    tokens = granted(**members)
    assert not tokens.refresh_token_unusable
    assert StoredTokens.granted(tokens, keep=Secret("old")).refresh_token == Secret("old")


def test_the_longest_refresh_token_is_taken() -> None:
    tokens = granted(refresh_token="a" * 65536)
    assert (tokens.refresh_token, tokens.refresh_token_unusable) == (Secret("a" * 65536), False)


def test_what_describes_the_person_is_cleaned_and_capped() -> None:
    hostile = "\x1b[2J\u202e{0}\n" + "x" * 10_000
    tokens = granted(
        user=dict.fromkeys(("id", "email", "name", "image"), hostile),
        organization=dict.fromkeys(("id", "name", "slug"), hostile),
    )
    assert tokens.user is not None
    assert tokens.organization is not None
    shown = (tokens.user.id, tokens.user.email, tokens.user.name, tokens.user.image)
    for text in (*shown, tokens.organization.id, tokens.organization.name, tokens.organization.slug):
        assert text.isprintable()
        assert len(text) <= 2000


def test_a_spent_code_is_an_oauth_error_that_nothing_retries() -> None:
    response = answer(400, error="invalid_grant", error_description="code marker-code or verifier marker-verifier")
    with pytest.raises(OAuthError) as raised:
        parse_token_response(response, NOW, Secret("marker-code"), Secret("marker-verifier"))
    assert raised.value.code == "invalid_grant"
    assert not raised.value.retryable
    assert "marker" not in str(raised.value)


def test_an_overloaded_server_may_be_asked_again() -> None:
    with pytest.raises(ServerUnavailable):
        parse_token_response(HttpResponse(503), NOW)


@given(
    st.integers(100, 599),
    st.binary() | st.dictionaries(st.sampled_from(MEMBERS), JSON).map(lambda m: json.dumps(m).encode()),
)
def test_any_body_gives_tokens_or_an_error_of_ours(status: int, body: bytes) -> None:
    try:
        tokens = parse_token_response(HttpResponse(status, body=body), NOW)
    except PromptVMAuthError:
        return
    assert 200 <= status < 300
    assert tokens.access_token
    assert tokens.access_token.reveal().isascii()
    assert tokens.access_token.reveal().isprintable()
    assert tokens.expires_in is None or 0 < tokens.expires_in <= MAX_TOKEN_LIFETIME


@given(
    JSON | st.floats(allow_nan=True) | st.integers() | st.integers().map(str),
    st.dictionaries(st.sampled_from(DESCRIPTIONS), JSON),
)
def test_no_odd_description_costs_a_token_that_was_granted(expires_in: object, rest: dict[str, Any]) -> None:
    assert granted(expires_in=expires_in, **rest).access_token == Secret("at")


def test_texts_about_the_user_are_kept_up_to_their_limits() -> None:
    long = "x" * 3000
    tokens = granted(
        user={"id": long, "email": long, "name": long, "image": long}, organization={"id": long, "name": long}
    )
    assert tokens.user is not None
    assert tokens.organization is not None
    assert [len(text) for text in (tokens.user.id, tokens.user.image, tokens.organization.id)] == [200, 2000, 200]


@pytest.mark.parametrize(("value", "lifetime"), [(10**400, MAX_TOKEN_LIFETIME), (-(10**400), None), (0, None)])
def test_a_lifetime_beyond_every_number_is_the_greatest_or_none(value: int, lifetime: float | None) -> None:
    assert lifetime_of(value) == lifetime
