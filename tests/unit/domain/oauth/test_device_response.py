import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import InvalidResponse, OAuthError, PromptVMAuthError, ServerUnavailable
from promptvm_oauth.domain.oauth.device_response import DeviceCodeResponse, named_interval, parse_device_response
from promptvm_oauth.domain.url import checked_url
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret

URI = "https://app.promptvm.ai/device"
COMPLETE: dict[str, object] = {
    "device_code": "dc",
    "user_code": "ABCD-EFGH",
    "verification_uri": URI,
    "verification_uri_complete": f"{URI}?code=ABCD-EFGH",
    "expires_in": 600,
    "interval": 7,
}
NUMBERS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.integers().map(str) | st.just([5])


def issued(**members: object) -> DeviceCodeResponse:
    return parse_device_response(HttpResponse(200, body=json.dumps(COMPLETE | members).encode()))


def without(*names: str) -> DeviceCodeResponse:
    members = {name: value for name, value in COMPLETE.items() if name not in names}
    return parse_device_response(HttpResponse(200, body=json.dumps(members).encode()))


def test_a_complete_answer_is_read_whole() -> None:
    assert issued() == DeviceCodeResponse(
        Secret("dc"), "ABCD-EFGH", URI, f"{URI}?code=ABCD-EFGH", openable=True, expires_in=600.0, interval=7.0
    )


@pytest.mark.parametrize("name", ["device_code", "user_code", "verification_uri"])
@pytest.mark.parametrize("value", [None, "", 5, True, ["x"]])
def test_without_a_code_or_a_uri_there_is_nothing_to_do(name: str, value: object) -> None:
    with pytest.raises(InvalidResponse):
        issued(**{name: value})
    with pytest.raises(InvalidResponse):
        without(name)


def test_a_device_code_has_a_limit() -> None:
    with pytest.raises(InvalidResponse):
        issued(device_code="x" * 100_000)


def test_a_device_code_has_8192_characters_at_most() -> None:
    assert issued(device_code="x" * 8192).device_code.reveal() == "x" * 8192
    with pytest.raises(InvalidResponse):
        issued(device_code="x" * 8193)


def test_of_a_uri_4096_characters_are_shown() -> None:
    found = issued(verification_uri=f"https://h/{'x' * 5000}", verification_uri_complete=None)
    assert (len(found.verification_uri), found.openable) == (4096, False)


@pytest.mark.parametrize("interval", [0.25, 1, "1"])
def test_an_interval_below_a_second_is_a_second(interval: object) -> None:
    assert issued(interval=interval).interval == 1.0


def test_a_code_may_live_for_less_than_a_second() -> None:
    assert issued(expires_in=0.5, interval=0.5).expires_in == 0.5


def test_a_refusal_is_an_oauth_error() -> None:
    with pytest.raises(OAuthError, match="invalid_client"):
        parse_device_response(HttpResponse(400, body=b'{"error": "invalid_client"}'))
    with pytest.raises(ServerUnavailable):
        parse_device_response(HttpResponse(503))


@pytest.mark.parametrize("interval", [None, 0, -1, "0", "-1", -0.5])
def test_no_interval_means_five_seconds(interval: object) -> None:
    assert issued(interval=interval).interval == 5.0
    assert without("interval").interval == 5.0


@pytest.mark.parametrize(("interval", "seconds"), [(5, 5.0), ("5", 5.0), (5.5, 5.5), ("5.5", 5.5), (600, 600.0)])
def test_a_number_or_a_number_as_text_is_the_interval(interval: object, seconds: float) -> None:
    assert issued(interval=interval).interval == seconds


@pytest.mark.parametrize(
    "interval",
    [
        True,
        "soon",
        "",
        "NaN",
        [5],
        {"s": 5},
        float("nan"),
        601,
        1e308,
        float("inf"),
        pytest.param(10**400, id="10**400"),
    ],
)
def test_an_interval_that_makes_no_sense_is_a_typed_error(interval: object) -> None:
    with pytest.raises(InvalidResponse):
        issued(interval=interval)


@given(NUMBERS | st.floats(min_value=0, max_value=2), NUMBERS)
def test_no_answer_makes_a_hot_loop_or_a_crash(interval: object, expires_in: object) -> None:
    try:
        response = issued(interval=interval, expires_in=expires_in)
    except PromptVMAuthError:
        return
    assert response.interval >= 1
    assert 0 < response.expires_in <= 3600


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (600, 600.0),
        ("600", 600.0),
        (600.5, 600.5),
        (None, 900.0),
        (10**9, 3600.0),
        (1e300, 3600.0),
        pytest.param(10**400, 3600.0, id="10**400"),
    ],
)
def test_a_lifetime_is_capped_and_has_a_default(expires_in: object, seconds: float) -> None:
    assert issued(expires_in=expires_in).expires_in == seconds
    assert without("expires_in").expires_in == 900.0


@pytest.mark.parametrize("expires_in", [0, -1, "0", "soon", "", True, [600], float("nan")])
def test_a_lifetime_that_makes_no_sense_is_a_typed_error(expires_in: object) -> None:
    with pytest.raises(InvalidResponse):
        issued(expires_in=expires_in)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:pw@h/",
        "http://app.promptvm.ai/device",
        "go to h",
        "-x",
    ],
)
def test_a_uri_that_must_not_be_opened_is_text_only(uri: str) -> None:
    response = issued(verification_uri=uri)
    assert not response.openable
    assert response.verification_uri == uri
    assert response.verification_uri_complete is None


def test_a_uri_with_terminal_escapes_is_cleaned_and_text_only() -> None:
    response = issued(verification_uri=f"{URI}\x1b]8;;https://evil.test\x07\n")
    assert not response.openable
    assert response.verification_uri.isprintable()


@pytest.mark.parametrize("length", [1990, 2500, 4096])
def test_what_may_be_opened_is_exactly_what_was_checked(length: int) -> None:
    uri = "https://h/".ljust(length, "x")
    response = issued(verification_uri=uri, verification_uri_complete=None)
    if response.openable:
        assert response.verification_uri == uri


@pytest.mark.parametrize(
    "complete",
    [
        None,
        5,
        "",
        "https://evil.test/device?code=ABCD",
        "https://app.promptvm.ai.evil.test/device",
        "https://app.promptvm.ai@evil.test/device",
        "http://app.promptvm.ai/device",
        "javascript:alert(1)",
        f"{URI}?code=\x1b[2J",
        f"{URI}?code=" + "x" * 5000,
    ],
)
def test_a_complete_uri_on_another_host_or_broken_is_left_out(complete: object) -> None:
    response = issued(verification_uri_complete=complete)
    assert response.verification_uri_complete is None
    assert response.verification_uri == URI


def test_the_host_is_compared_without_case() -> None:
    complete = "https://APP.promptvm.ai/device?code=A"
    assert issued(verification_uri_complete=complete).verification_uri_complete == complete


@pytest.mark.parametrize(
    ("user_code", "shown"),
    [
        ("{0}", "{0}"),
        ("%s", "%s"),
        ("AB\x1b[2JCD", "AB [2JCD"),
        ("ABCD\nPassword: ", "ABCD Password:"),
        ("АВСD", "АВСD"),  # noqa: RUF001 (Cyrillic look-alikes are what is tested)
        ("AB\u202eCD", "AB CD"),
    ],
)
def test_a_user_code_is_one_clean_line(user_code: str, shown: str) -> None:
    assert issued(user_code=user_code).user_code == shown


def test_a_user_code_is_capped() -> None:
    assert len(issued(user_code="A" * 10_000).user_code) <= 64


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"error": "slow_down", "interval": 30}', 30.0),
        (b'{"interval": "30"}', 30.0),
        (b'{"interval": true}', 0.0),
        (b'{"interval": null}', 0.0),
        (b'{"interval": NaN}', 0.0),
        (b"{}", 0.0),
        (b"<html>", 0.0),
        (b"", 0.0),
    ],
)
def test_the_interval_of_a_slow_down_is_read_if_it_makes_sense(body: bytes, seconds: float) -> None:
    assert named_interval(HttpResponse(400, body=body)) == seconds


@given(
    st.binary()
    | st.dictionaries(st.sampled_from(sorted(COMPLETE)), st.text() | NUMBERS).map(
        lambda m: json.dumps(COMPLETE | m).encode()
    )
)
def test_any_body_gives_something_fit_to_be_shown_or_an_error_of_ours(body: bytes) -> None:
    try:
        response = parse_device_response(HttpResponse(200, body=body))
    except PromptVMAuthError:
        return
    assert f"{response.user_code}{response.verification_uri}".isprintable()
    links: list[Any] = [response.verification_uri, response.verification_uri_complete or response.verification_uri]
    for link in links if response.openable else []:
        assert checked_url(link, "the link")
