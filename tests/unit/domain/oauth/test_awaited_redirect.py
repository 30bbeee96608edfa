from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.oauth.authorization import MAX_CODE, Attempt, VerifiedCode, awaited_state
from promptvm_oauth.domain.oauth.awaited_redirect import AwaitedRedirect, Callback
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.ports.hidden import Hidden
from promptvm_oauth.ports.secret import Secret

STATE = "marker-state"
RIGHT = f"code=the-code&state={STATE}"


def expecting(state: str = STATE) -> AwaitedRedirect:
    expected = AwaitedRedirect()
    assert expected.expect(state) is None
    return expected


def test_the_right_state_with_a_code_is_the_callback() -> None:
    assert expecting().accept(RIGHT) == Callback(Secret("the-code"), Secret(STATE))


def test_the_state_may_be_given_as_a_secret() -> None:
    expected = AwaitedRedirect()
    assert expected.expect(Secret(STATE)) is None
    assert expected.accept(RIGHT) is not None


@pytest.mark.parametrize(
    "query",
    [
        "code=x&state=wrong",
        f"code=x&state={STATE}x",
        "code=x",
        "code=x&state=",
        f"state={STATE}",
        f"code=&state={STATE}",
        f"code=x&state={STATE}&state={STATE}",
        f"code=x&code=y&state={STATE}",
        f"code=%ff&state={STATE}",
        f"code=%00&state={STATE}",
        f"code=%&state={STATE}",
        "error=access_denied",
        "",
    ],
)
def test_what_lacks_the_right_state_is_not_the_awaited_callback(query: str) -> None:
    assert expecting().accept(query) is None


def test_an_error_with_the_right_state_is_the_callback() -> None:
    callback = expecting().accept(f"error=access_denied&error_description=the+person+said+no&state={STATE}")
    assert callback == Callback(None, Secret(STATE), "access_denied", "the person said no")


@pytest.mark.parametrize("error", ["access_denied", "", "%1b", "%e2%80%ae"])
def test_an_error_beside_a_code_never_gives_the_code(error: str) -> None:
    callback = expecting().accept(f"{RIGHT}&error={error}")
    assert callback is None or callback.code is None


def test_foreign_text_is_cleaned_and_capped() -> None:
    hostile = "\x1b[2J\u202e<script>{0}%s\r\n" + "x" * 5000
    callback = expecting().accept(urlencode({"state": STATE, "error": hostile, "error_description": hostile}))
    assert callback is not None
    assert callback.error.isprintable()
    assert callback.error_description.isprintable()
    assert len(callback.error) <= 100
    assert len(callback.error_description) <= 300


def test_the_texts_of_an_error_do_not_repeat_the_state() -> None:
    callback = expecting().accept(urlencode({"state": STATE, "error": STATE, "error_description": f"bad {STATE}"}))
    assert callback is not None
    assert STATE not in repr(callback)


def test_a_callback_that_comes_before_its_state_is_known_is_remembered() -> None:
    expected = AwaitedRedirect()
    assert expected.accept("code=other&state=other") is None
    assert expected.accept(RIGHT) is None
    assert expected.expect(STATE) == Callback(Secret("the-code"), Secret(STATE))


def test_what_came_early_is_forgotten_beyond_a_bound() -> None:
    expected = AwaitedRedirect()
    for number in range(1000):
        assert expected.accept(f"code=x&state=guess-{number}") is None
    assert len(expected.early) < 100


def test_nothing_is_remembered_once_a_state_is_known() -> None:
    expected = expecting()
    expected.accept("code=x&state=wrong")
    assert expected.early == []


def test_several_states_may_be_waited_for() -> None:
    expected = expecting("one")
    assert expected.expect("other") is None
    for state in ("one", "other"):
        callback = expected.accept(f"code=x&state={state}")
        assert callback is not None
        assert callback.state == Secret(state)


@pytest.mark.parametrize(("length", "taken"), [(1, True), (MAX_CODE, True), (MAX_CODE + 1, False)])
def test_a_bare_redirect_limits_the_length_of_a_code_as_a_login_does(length: int, taken: bool) -> None:
    query = f"code={'x' * length}&state={STATE}"
    attempt = Attempt(AuthorizationServer.promptvm(), Secret(STATE), Secret("v" * 43))
    assert (expecting().accept(query) is not None) is taken
    assert isinstance(attempt.accept(query), VerifiedCode) is taken


def test_a_bare_redirect_may_name_any_issuer_for_it_knows_no_server() -> None:
    assert expecting().accept(f"{RIGHT}&iss=https://id.example.test") == Callback(Secret("the-code"), Secret(STATE))


@pytest.mark.parametrize("state", ["", "other", f"{STATE}x", STATE[:-1]])
def test_a_state_is_awaited_only_if_it_is_identical_and_not_empty(state: str) -> None:
    awaited = [Secret(""), Secret(STATE)]
    assert awaited_state(Hidden(state=state), awaited) is None
    assert awaited_state(Hidden[str](), awaited) is None
    assert awaited_state(Hidden(state=STATE), awaited) == Secret(STATE)


def test_a_state_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare_digest(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare_digest)
    attempt = Attempt(AuthorizationServer.promptvm(), Secret(STATE), Secret("v" * 43))
    assert attempt.accept("code=x&state=wrong") is None
    assert expecting().accept("code=x&state=wrong") is None
    assert compared == [(b"wrong", STATE.encode())] * 2


@given(st.text() | st.dictionaries(st.sampled_from(["code", "state", "error", "x"]), st.text()).map(urlencode))
def test_no_query_without_a_state_that_is_waited_for_is_ever_taken(query: str) -> None:
    assert expecting().accept(query) is None
    assert AwaitedRedirect().accept(query) is None
