from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.oauth.device_response import DeviceCodeResponse
from promptvm_oauth.domain.tokens import TOKEN_FIELDS, StoredTokens, TokenResponse, as_datetime
from promptvm_oauth.ports.secret import Secret

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TOKEN = st.text(min_size=1)


def test_a_new_refresh_token_replaces_the_old_one() -> None:
    tokens = StoredTokens.granted(TokenResponse(Secret("at"), Secret("new")), keep=Secret("old"))
    assert tokens.refresh_token == Secret("new")


@pytest.mark.parametrize("given_token", [None, Secret("")])
def test_without_a_new_refresh_token_the_old_one_is_kept(given_token: Secret | None) -> None:
    tokens = StoredTokens.granted(TokenResponse(Secret("at"), given_token), keep=Secret("old"))
    assert tokens.refresh_token == Secret("old")


def test_a_login_without_a_refresh_token_gets_no_old_one() -> None:
    assert StoredTokens.granted(TokenResponse(Secret("at"))) == StoredTokens(Secret("at"))


def test_the_expiry_of_an_answer_is_stored() -> None:
    assert StoredTokens.granted(TokenResponse(Secret("at"), expires_at=NOON)).expires_at == NOON


def test_what_is_stored_is_plain_text_and_what_is_unknown_is_left_out() -> None:
    whole = StoredTokens(Secret("at"), Secret("rt"), NOON)
    assert whole.to_fields() == {
        "access_token": "at",
        "refresh_token": "rt",
        "expires_at": "2026-03-04T12:00:00Z",
    }
    assert set(whole.to_fields()) == TOKEN_FIELDS
    assert StoredTokens(Secret("at")).to_fields() == {"access_token": "at"}


@given(TOKEN, st.none() | TOKEN, st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 (bounds of a strategy are naive)
def test_tokens_come_back_from_a_store_as_they_went_in(
    access: str, refresh: str | None, expiry: datetime | None
) -> None:
    whole = None if expiry is None else expiry.replace(tzinfo=UTC, microsecond=0)
    tokens = StoredTokens(Secret(access), Secret(refresh) if refresh else None, whole)
    assert StoredTokens.from_fields(tokens.to_fields()) == tokens


@pytest.mark.parametrize("fields", [{}, {"access_token": ""}, {"other": "x", "refresh_token": "", "expires_at": ""}])
def test_a_store_without_tokens_gives_empty_ones(fields: dict[str, str]) -> None:
    tokens = StoredTokens.from_fields(fields)
    assert not tokens.access_token
    assert tokens.refresh_token is None
    assert tokens.expires_at is None


@pytest.mark.parametrize(
    ("text", "expiry"),
    [
        ("2026-03-04T13:00:00.123456789+01:00", NOON.replace(microsecond=123456)),
        ("0001-01-01T00:00:00Z", None),
        ("2026-03-04 12:00:00Z", None),
        ("never", None),
    ],
)
def test_the_expiry_of_a_store_is_read_as_the_go_tool_writes_it(text: str, expiry: datetime | None) -> None:
    assert StoredTokens.from_fields({"access_token": "at", "expires_at": text}).expires_at == expiry


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59.999999999Z",
        "0002-01-01T00:00:00+23:59",
    ],
)
def test_an_expiry_at_the_end_of_time_does_not_lose_the_token(text: str) -> None:
    assert StoredTokens.from_fields({"access_token": "at", "expires_at": text}).access_token == Secret("at")


def test_seconds_become_a_moment_in_utc() -> None:
    assert as_datetime(NOON.timestamp()) == NOON
    assert as_datetime(None) is None


@pytest.mark.parametrize("kind", [StoredTokens, TokenResponse])
def test_tokens_built_from_plain_text_are_secrets_all_the_same(kind: Any) -> None:
    tokens = kind("marker-access", "marker-refresh")
    assert "marker" not in repr(tokens)
    assert tokens == kind(Secret("marker-access"), Secret("marker-refresh"))


def test_a_device_code_built_from_plain_text_is_a_secret_all_the_same() -> None:
    kind: Any = DeviceCodeResponse
    issued = kind("marker-code", "ABCD-EFGH", "https://h/device")
    assert "marker" not in repr(issued)
    assert issued == kind(Secret("marker-code"), "ABCD-EFGH", "https://h/device")
