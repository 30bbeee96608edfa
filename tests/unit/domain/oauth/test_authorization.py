import json
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import AccessDenied, ConfigurationError, OAuthError
from promptvm_oauth.domain.oauth.authorization import (
    Attempt,
    VerifiedCode,
    code_request,
    exchange_request,
    parse_redirect,
)
from promptvm_oauth.domain.oauth.pkce import challenge
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing.entropy import FakeEntropy

SERVER = AuthorizationServer.promptvm()
ATTEMPT = Attempt.begin(SERVER, FakeEntropy().random_bytes)
STATE = ATTEMPT.state.reveal()
REDIRECT = "http://127.0.0.1:5000/callback"


def query(**parameters: str) -> str:
    return urlencode({"state": STATE} | parameters)


def refused(text: str) -> OAuthError:
    error = ATTEMPT.accept(text)
    assert isinstance(error, OAuthError)
    return error


def sent(attempt: Attempt, device_name: str = "laptop") -> dict[str, list[str]]:
    return parse_qs(urlsplit(attempt.authorize_url(REDIRECT, device_name).reveal()).query, strict_parsing=True)


def test_each_attempt_has_its_own_state_and_verifier() -> None:
    entropy = FakeEntropy()
    one, other = Attempt.begin(SERVER, entropy.random_bytes), Attempt.begin(SERVER, entropy.random_bytes)
    secrets = {secret.reveal() for attempt in (one, other) for secret in (attempt.state, attempt.verifier)}
    assert len(secrets) == 4


def test_the_browser_is_sent_to_the_authorize_endpoint_with_exactly_these_parameters() -> None:
    url = ATTEMPT.authorize_url(REDIRECT, "my laptop").reveal()
    assert url.startswith("https://app.promptvm.ai/cli/authorize?")
    assert sent(ATTEMPT, "my laptop") == {
        "client_id": ["promptvm-cli"],
        "response_type": ["code"],
        "redirect_uri": [REDIRECT],
        "code_challenge": [challenge(ATTEMPT.verifier.reveal())],
        "code_challenge_method": ["S256"],
        "state": [STATE],
        "scope": ["profile"],
        "device_name": ["my laptop"],
    }
    assert ATTEMPT.verifier.reveal() not in url


def test_a_query_that_the_endpoint_has_is_kept() -> None:
    attempt = evolve(ATTEMPT, server=evolve(SERVER, authorization_endpoint="https://h/a?x=1&y=%20&z"))
    url = attempt.authorize_url(REDIRECT, "laptop").reveal()
    assert url.startswith("https://h/a?x=1&y=%20&z&")
    assert sent(ATTEMPT).items() <= parse_qs(urlsplit(url).query).items()


@pytest.mark.parametrize(
    "taken", ["state=x", "redirect_uri=x", "client_id=x", "code_challenge=x", "x=1&%73tate=x", "state", "scope="]
)
def test_an_endpoint_that_sets_a_parameter_of_ours_is_refused(taken: str) -> None:
    attempt = evolve(ATTEMPT, server=evolve(SERVER, authorization_endpoint=f"https://h/a?{taken}"))
    with pytest.raises(ConfigurationError):
        attempt.authorize_url(REDIRECT, "laptop")


@pytest.mark.parametrize("text", ["a&b", "a b", "a#b", "a\"b'", "a%20b", "a+b", "a=b?c/d", "Grüße 世界", "\r\nX: 1"])
def test_every_value_is_escaped_exactly_once(text: str) -> None:
    attempt = evolve(ATTEMPT, server=evolve(SERVER, client_id=text, scope=text))
    parameters = sent(attempt, device_name=text)
    assert (parameters["client_id"], parameters["scope"], parameters["device_name"]) == ([text], [text], [text])
    assert attempt.authorize_url(REDIRECT, text).reveal().isascii()


def test_an_unknown_web_app_is_named_as_what_to_configure() -> None:
    attempt = Attempt.begin(AuthorizationServer.promptvm("https://custom.example.test"), FakeEntropy().random_bytes)
    with pytest.raises(ConfigurationError, match=r"https://custom\.example\.test"):
        attempt.authorize_url(REDIRECT, "laptop")


def test_the_right_state_with_a_code_is_verified() -> None:
    verified = ATTEMPT.accept(query(code="a b/+%"))
    assert isinstance(verified, VerifiedCode)
    assert verified.code == Secret("a b/+%")
    assert verified.attempt is ATTEMPT


@pytest.mark.parametrize(
    "text",
    [
        "code=x&state=wrong",
        f"code=x&state={STATE}x",
        f"code=x&state={STATE[:-1]}",
        f"code=x&state={STATE.swapcase()}",
        f"code=x&STATE={STATE}",
        f"code=x;state={STATE}",
        f"code=x&state=%20{STATE}",
        f"code=x&state={STATE}%00",
    ],
)
def test_a_wrong_state_is_not_the_awaited_answer(text: str) -> None:
    assert ATTEMPT.accept(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "code=x",
        "code=x&state",
        "code=x&state=",
        f"code=x&state={STATE}&state={STATE}",
        f"code=x&state={STATE}&state=wrong",
        f"code=x&state=&state={STATE}",
        f"code=x&code=x&state={STATE}",
        f"code=x&code=y&state={STATE}",
        f"code=x&c%6fde=y&state={STATE}",
        f"error=a&error=b&state={STATE}",
        f"code=x&iss=a&iss=b&state={STATE}",
    ],
)
def test_a_missing_empty_or_repeated_parameter_is_not_the_awaited_answer(text: str) -> None:
    assert ATTEMPT.accept(text) is None


@pytest.mark.parametrize("text", [f"state={STATE}", query(code=""), query(code="x" * 10_000)])
def test_a_right_state_without_a_usable_code_or_an_error_is_not_the_awaited_answer(text: str) -> None:
    assert ATTEMPT.accept(text) is None


@pytest.mark.parametrize(
    "text", ["error=access_denied", "error=access_denied&state=wrong", "error=access_denied&state="]
)
def test_an_error_without_the_right_state_is_ignored(text: str) -> None:
    assert ATTEMPT.accept(text) is None


def test_an_error_with_the_right_state_ends_the_login() -> None:
    denied = refused(query(error="access_denied", error_description="the person said no"))
    assert isinstance(denied, AccessDenied)
    assert (denied.code, denied.description, denied.status) == ("access_denied", "the person said no", 0)
    other = refused(query(error="invalid_scope"))
    assert not isinstance(other, AccessDenied)
    assert other.code == "invalid_scope"


@pytest.mark.parametrize("error", ["access_denied", "server_error", ""])
def test_an_error_beside_a_code_is_an_error(error: str) -> None:
    assert refused(query(code="x", error=error)).code == error
    assert refused(query(error=error, code="x")).code == error


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "{0} {state} %s", "x" * 5000, "a\x1b[2Jb", "a\u202eb", "line\r\nbreak"]
)
def test_foreign_text_of_an_error_is_cleaned_and_capped(hostile: str) -> None:
    error = refused(query(error=hostile, error_description=hostile))
    assert str(error).isprintable()
    assert len(str(error)) < 500


def test_an_error_without_its_issuer_says_no_more_than_that() -> None:
    attempt = evolve(ATTEMPT, server=evolve(AuthorizationServer.standard("https://h", "me"), iss_promised=True))
    refusal = attempt.accept(query(error="x"))
    assert isinstance(refusal, OAuthError)
    assert not refusal.description.startswith((" ", "("))


def test_an_error_does_not_repeat_the_state() -> None:
    for text in (query(error="a", error_description=f"state {STATE} was bad"), query(error=STATE)):
        error = refused(text)
        assert STATE not in str(error) + error.code + error.description


@pytest.mark.parametrize(
    "text",
    [
        query(code="x") + "&a=é",
        query() + "&code=%",
        query() + "&code=%4",
        query() + "&code=%zz",
        query() + "&code=%00",
        query() + "&code=%c0%af",
        query() + "&code=%ff",
        query() + "&code=%ed%a0%80",
        query() + "&code=\udcff",
        query(code="x") + "&a=1" * 60,
    ],
)
def test_broken_encoding_is_not_the_awaited_answer(text: str) -> None:
    assert ATTEMPT.accept(text) is None


def test_another_attempt_does_not_take_the_answer() -> None:
    other = Attempt.begin(SERVER, FakeEntropy(seed=1).random_bytes)
    assert other.accept(query(code="x")) is None


@given(st.text() | st.dictionaries(st.sampled_from(["code", "state", "error", "iss", "x"]), st.text()).map(urlencode))
def test_no_query_without_the_right_state_is_ever_taken(text: str) -> None:
    assert ATTEMPT.accept(text) is None
    for prefix in ("code=x&state=", f"code=x&state={STATE[:-1]}&", "error=access_denied&"):
        assert ATTEMPT.accept(prefix + text) is None


@given(st.lists(st.tuples(st.sampled_from(["code", "state", "error", "iss", "x"]), st.sampled_from(["", "x", STATE]))))
def test_whatever_is_taken_had_the_right_state_exactly_once(pairs: list[tuple[str, str]]) -> None:
    text = urlencode(pairs)
    if ATTEMPT.accept(text) is not None:
        assert [value for name, value in parse_qsl(text, keep_blank_values=True) if name == "state"] == [STATE]


def test_a_verified_code_cannot_be_built_without_the_check() -> None:
    with pytest.raises(TypeError, match="accept"):
        VerifiedCode(Secret("code"), ATTEMPT, object())


def test_the_exchange_sends_exactly_what_the_server_takes() -> None:
    verified = ATTEMPT.accept(query(code="the-code"))
    assert isinstance(verified, VerifiedCode)
    request = exchange_request(verified, REDIRECT)
    assert (request.method, request.url) == ("POST", SERVER.token_endpoint)
    assert json.loads(request.body or b"") == {
        "grant_type": "authorization_code",
        "client_id": "promptvm-cli",
        "code": "the-code",
        "code_verifier": ATTEMPT.verifier.reveal(),
        "redirect_uri": REDIRECT,
    }
    assert code_request(SERVER, Secret("the-code"), ATTEMPT.verifier, REDIRECT) == request


def test_a_verified_code_shows_no_proof_and_none_is_proof_enough() -> None:
    verified = ATTEMPT.accept(query(code="c"))
    assert isinstance(verified, VerifiedCode)
    assert "proof" not in repr(verified)
    text = "^a VerifiedCode is built by Attempt.accept, after it checked the state$"
    with pytest.raises(TypeError, match=text):
        VerifiedCode(Secret("c"), ATTEMPT, None)


@pytest.mark.parametrize(("count", "read"), [(50, True), (51, False)])
def test_a_redirect_has_50_parameters_at_most(count: int, read: bool) -> None:
    text = "&".join(f"p{number}=1" for number in range(count))
    assert (parse_redirect(text) is not None) is read
