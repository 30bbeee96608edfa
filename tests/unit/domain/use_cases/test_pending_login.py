import json
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import (
    AccessDenied,
    CallbackRejected,
    ConfigurationError,
    InvalidUrl,
    LoginTimeout,
    PromptVMAuthError,
)
from promptvm_oauth.domain.oauth.authorization import Attempt, VerifiedCode
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.use_cases.pending_login import PendingLogin
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.ports.timeouts import PENDING_LOGIN_AGE
from promptvm_oauth.testing.entropy import FakeEntropy

REDIRECT = "https://front.example.test/callback"
SERVER = AuthorizationServer.promptvm(redirect_uris=[REDIRECT])
ATTEMPT = Attempt.begin(SERVER, FakeEntropy().random_bytes)
STATE = ATTEMPT.state.reveal()
NOW = 1_800_000_000.0
PENDING = PendingLogin.begin(ATTEMPT, "work", REDIRECT, "the web front end", NOW)
CAME_BACK = f"{REDIRECT}?code=the-code&state={STATE}"


def imported(**members: object) -> PendingLogin:
    return PendingLogin.from_json(json.dumps(json.loads(PENDING.to_json()) | members))


def test_the_browser_is_sent_away_with_the_redirect_uri_of_the_front_end() -> None:
    parameters = parse_qs(urlsplit(PENDING.authorize_url).query)
    assert parameters["redirect_uri"] == [REDIRECT]
    assert parameters["state"] == [STATE]
    assert parameters["device_name"] == ["the web front end"]
    assert (PENDING.profile, PENDING.base_url, PENDING.begun_at) == ("work", SERVER.base_url, NOW)


@pytest.mark.parametrize("uri", ["http://front.example.test/cb", "javascript:x", "/cb", "https://u:p@h/cb", ""])
def test_a_redirect_uri_off_https_and_loopback_is_refused(uri: str) -> None:
    with pytest.raises(InvalidUrl, match="redirect URI"):
        PendingLogin.begin(ATTEMPT, "work", uri, "laptop", NOW)


@pytest.mark.parametrize("uri", ["https://h/cb?x=1", "https://h/cb#part"])
def test_a_redirect_uri_with_a_query_or_a_fragment_is_refused(uri: str) -> None:
    with pytest.raises(ConfigurationError):
        PendingLogin.begin(ATTEMPT, "work", uri, "laptop", NOW)


def test_the_right_callback_gives_the_verified_code() -> None:
    answer = PENDING.answer(CAME_BACK, SERVER, NOW + 1)
    assert isinstance(answer, VerifiedCode)
    assert answer.code == Secret("the-code")
    assert answer.attempt == ATTEMPT


def test_a_refusal_with_the_right_state_is_that_refusal() -> None:
    answer = PENDING.answer(f"{REDIRECT}?error=access_denied&state={STATE}", SERVER, NOW)
    assert isinstance(answer, AccessDenied)


@pytest.mark.parametrize(
    "url",
    [
        f"{REDIRECT}?code=the-code&state=wrong",
        f"{REDIRECT}?code=the-code",
        f"{REDIRECT}?code=the-code&state={STATE}&state={STATE}",
        f"{REDIRECT}?state={STATE}",
        f"{REDIRECT}?error=access_denied",
        f"{REDIRECT}#code=the-code&state={STATE}",
        REDIRECT,
        "",
    ],
)
def test_a_callback_without_the_right_state_is_rejected(url: str) -> None:
    with pytest.raises(CallbackRejected):
        PENDING.answer(url, SERVER, NOW)


@pytest.mark.parametrize(
    "came_on",
    [
        "https://evil.test/callback",
        "https://front.example.test:8443/callback",
        "http://front.example.test/callback",
        "https://front.example.test/callback/",
        "https://front.example.test/callback/../other",
        "https://front.example.test/callbac",
        "https://front.example.test@evil.test/callback",
        "HTTPS://front.example.test/callback",
        " https://front.example.test/callback",
        "/callback",
        "",
    ],
)
def test_a_callback_on_another_address_is_rejected(came_on: str) -> None:
    with pytest.raises(CallbackRejected):
        PENDING.answer(f"{came_on}?code=the-code&state={STATE}", SERVER, NOW)


@pytest.mark.parametrize("age", [0.0, 1.0, PENDING_LOGIN_AGE])
def test_a_login_can_be_finished_for_ten_minutes(age: float) -> None:
    assert isinstance(PENDING.answer(CAME_BACK, SERVER, NOW + age), VerifiedCode)
    assert PENDING_LOGIN_AGE == 600.0


@pytest.mark.parametrize("age", [PENDING_LOGIN_AGE + 0.1, 86400.0, -1.0])
def test_a_login_that_is_too_old_or_not_yet_begun_is_not_finished(age: float) -> None:
    with pytest.raises(LoginTimeout):
        PENDING.answer(CAME_BACK, SERVER, NOW + age)


def test_a_login_of_another_server_is_not_finished_and_both_are_named() -> None:
    other = AuthorizationServer.promptvm("https://staging-api.promptvm.ai")
    with pytest.raises(CallbackRejected) as raised:
        PENDING.answer(CAME_BACK, other, NOW)
    assert SERVER.base_url in str(raised.value)
    assert other.base_url in str(raised.value)


def test_a_pending_login_survives_its_export() -> None:
    assert PendingLogin.from_json(PENDING.to_json()) == PENDING
    assert imported() == PENDING
    assert isinstance(imported().answer(CAME_BACK, SERVER, NOW), VerifiedCode)


def test_a_login_begun_at_no_time_is_never_finished() -> None:
    for moment in (float("nan"), float("inf"), float("-inf"), 1e308):
        with pytest.raises(PromptVMAuthError):
            imported(begun_at=moment).answer(CAME_BACK, SERVER, NOW)


@pytest.mark.parametrize("value", [None, "", 5, True, ["x"], {"a": "b"}])
def test_an_import_without_one_of_its_texts_is_a_configuration_error(value: object) -> None:
    for name in ("profile", "base_url", "redirect_uri", "authorize_url", "state", "verifier"):
        with pytest.raises(ConfigurationError):
            imported(**{name: value})


@pytest.mark.parametrize("begun_at", [None, "now", [1], pytest.param(10**400, id="10**400")])
def test_an_import_without_its_time_is_a_configuration_error(begun_at: object) -> None:
    with pytest.raises(ConfigurationError):
        imported(begun_at=begun_at)


@pytest.mark.parametrize("profile", ["../../x", "..", "a/b", "a\0b", "x" * 300])
def test_an_import_with_a_hostile_profile_name_is_a_configuration_error(profile: str) -> None:
    with pytest.raises(ConfigurationError):
        imported(profile=profile)


@given(st.text() | st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_no_text_but_an_export_is_imported(text: str) -> None:
    with pytest.raises(ConfigurationError):
        PendingLogin.from_json(text)


def test_a_pending_login_is_a_value() -> None:
    assert evolve(PENDING, profile="home") != PENDING
    assert hash(PENDING) == hash(PendingLogin.from_json(PENDING.to_json()))
