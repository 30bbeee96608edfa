import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import DeviceCodeExpired, OAuthError, PromptVMAuthError, TransportError
from promptvm_oauth.domain.oauth.device import Polling
from promptvm_oauth.domain.oauth.device_response import DeviceCodeResponse
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.tokens import TokenResponse
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.ports.timeouts import DEVICE_MAX_BACKOFF

SERVER = AuthorizationServer.promptvm()
ISSUED = DeviceCodeResponse(Secret("marker-device-code"), "ABCD-EFGH", "https://h/device", interval=5.0)
NOW = 1_800_000_000.0
LIFETIME = 600.0


def refusal(error: str, status: int = 400, headers: dict[str, str] | None = None, **more: object) -> HttpResponse:
    return HttpResponse(status, headers or {}, json.dumps({"error": error} | more).encode())


PENDING = refusal("authorization_pending")
SLOW_DOWN = refusal("slow_down")
BUSY = HttpResponse(503)
GRANTED = HttpResponse(200, body=b'{"access_token": "at"}')
CUT_OFF = TransportError("connection reset")


def start(lifetime: float = LIFETIME) -> Polling:
    return Polling.start(SERVER, ISSUED, lifetime, NOW, 0.0)


def going_on(polling: Polling, *answers: HttpResponse | TransportError) -> Polling:
    for answer in answers:
        settled = (
            polling.transport_failed(answer, NOW)
            if isinstance(answer, TransportError)
            else polling.process(answer, NOW)
        )
        assert isinstance(settled, Polling)
        polling = settled
    return polling


def pause(polling: Polling, elapsed: float = 0.0) -> float:
    seconds = polling.delay(NOW + elapsed, elapsed)
    if seconds is None:
        raise polling.end(NOW + elapsed)
    return seconds


def poll_until_the_end(lifetime: float, answer: HttpResponse | TransportError, polls: list[float]) -> None:
    """Get the same answer to each poll, noting the time of each, until an error ends it."""
    polling, elapsed = start(lifetime), 0.0
    while True:
        elapsed += pause(polling, elapsed)
        polls.append(elapsed)
        polling = going_on(polling, answer)


def test_the_first_poll_waits_the_interval_too() -> None:
    assert pause(start()) == 5.0


def test_each_slow_down_adds_five_seconds_for_good() -> None:
    polling = start()
    for interval in (10.0, 15.0, 20.0):
        polling = going_on(polling, SLOW_DOWN)
        assert pause(polling) == interval
    assert pause(going_on(polling, PENDING, BUSY, PENDING)) == 20.0


@pytest.mark.parametrize(
    ("answer", "interval"),
    [
        (refusal("slow_down", interval=30), 30.0),
        (refusal("slow_down", interval="30"), 30.0),
        (refusal("slow_down", interval=2), 10.0),
        (refusal("slow_down", interval=-100), 10.0),
        (refusal("slow_down", interval="soon"), 10.0),
        (refusal("slow_down", headers={"retry-after": "42"}), 42.0),
        (refusal("slow_down", headers={"retry-after": "42"}, interval=50), 50.0),
        (refusal("slow_down", headers={"retry-after": "1"}), 10.0),
        (refusal("slow_down", status=429, headers={"retry-after": "42"}), 42.0),
    ],
)
def test_a_larger_interval_of_the_server_is_kept_for_good(answer: HttpResponse, interval: float) -> None:
    polling = going_on(start(), answer)
    assert pause(polling) == interval
    assert pause(going_on(polling, PENDING)) == interval


def test_slow_down_without_end_is_explained_by_the_clock() -> None:
    with pytest.raises(PromptVMAuthError, match="clock"):
        poll_until_the_end(3600.0, SLOW_DOWN, [])


@pytest.mark.parametrize("answer", [PENDING, SLOW_DOWN, BUSY, CUT_OFF])
def test_polling_stops_at_the_deadline_without_another_request(answer: HttpResponse | TransportError) -> None:
    polls: list[float] = []
    with pytest.raises(PromptVMAuthError):
        poll_until_the_end(60.0, answer, polls)
    assert 0 < len(polls) < 12
    assert 54.0 < polls[-1] <= 59.0


def test_the_last_poll_begins_just_before_the_deadline_and_never_sooner_than_the_interval() -> None:
    polls: list[float] = []
    with pytest.raises(DeviceCodeExpired):
        poll_until_the_end(60.0, PENDING, polls)
    assert polls[-2:] == [50.0, 59.0]
    assert pause(start(), LIFETIME - 5.5) == 5.0
    assert pause(start(), LIFETIME - 10.0) == 9.0
    assert pause(start(), LIFETIME - 10.1) == 5.0
    assert pause(going_on(start(), CUT_OFF, CUT_OFF, CUT_OFF), LIFETIME - 30.0) == 29.0


@pytest.mark.parametrize("answer", [CUT_OFF, BUSY, HttpResponse(403, {}, b"<html>")])
def test_an_outage_ends_as_a_server_that_could_not_be_asked(answer: HttpResponse | TransportError) -> None:
    polling = going_on(start(), PENDING, answer)
    polling = going_on(polling, answer)
    end = polling.end(NOW + 42.4)
    assert type(end) is TransportError
    assert end.retryable
    assert str(end).startswith("for the last 42 s the server could not be asked whether the login was approved (")
    assert polling.outage in str(end)
    assert type(polling.end(NOW - 7)) is TransportError


@pytest.mark.parametrize("answer", [PENDING, SLOW_DOWN])
def test_an_outage_that_is_over_ends_as_a_code_that_nobody_approved(answer: HttpResponse) -> None:
    assert type(going_on(start(), BUSY, CUT_OFF, answer).end(NOW)) is DeviceCodeExpired


def test_the_end_is_a_device_code_expired() -> None:
    for elapsed in (LIFETIME - 5.0, LIFETIME, LIFETIME + 1):
        with pytest.raises(DeviceCodeExpired):
            pause(start(), elapsed)
    assert pause(start(), LIFETIME - 5.1) == 5.0


@pytest.mark.parametrize(
    "answer", [CUT_OFF, BUSY, HttpResponse(502, {"content-type": "text/html"}, b"<html>"), HttpResponse(429)]
)
def test_failures_back_off_doubling_up_to_a_cap(answer: HttpResponse | TransportError) -> None:
    polling, pauses = start(), list[float]()
    for _ in range(6):
        polling = going_on(polling, answer)
        pauses.append(pause(polling))
    assert pauses == [10.0, 20.0, 40.0, DEVICE_MAX_BACKOFF, DEVICE_MAX_BACKOFF, DEVICE_MAX_BACKOFF]


@pytest.mark.parametrize("answer", [PENDING, SLOW_DOWN])
def test_an_answer_ends_the_backing_off(answer: HttpResponse) -> None:
    polling = going_on(start(), BUSY, BUSY, BUSY, answer)
    assert pause(polling) == polling.interval <= 10.0


def test_backing_off_never_goes_below_the_interval() -> None:
    polling = going_on(start(), refusal("slow_down", interval=100), CUT_OFF, CUT_OFF)
    assert pause(polling) == 100.0


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("elapsed", [0.0, 300.0, 450.0, 520.0, 585.0])
def test_retry_after_is_honoured_even_near_the_end(status: int, elapsed: float) -> None:
    polling = going_on(start(), HttpResponse(status, {"retry-after": "90"}))
    try:
        wait = pause(polling, elapsed)
    except TransportError:
        assert LIFETIME - elapsed <= 90.0
        return
    assert wait >= 90.0


def test_a_code_that_is_almost_over_is_still_polled_while_the_network_fails() -> None:
    polling = going_on(start(), CUT_OFF, CUT_OFF, CUT_OFF, CUT_OFF)
    assert 5.0 <= pause(polling, LIFETIME - 20.0) < 20.0


@pytest.mark.parametrize(
    ("wall", "monotonic", "alive"),
    [(0.0, 0.0, True), (599.9, 599.9, True), (600.0, 0.0, False), (0.0, 600.0, False), (7200.0, 10.0, False)],
)
def test_both_clocks_judge_the_deadline(wall: float, monotonic: float, *, alive: bool) -> None:
    assert start().alive(NOW + wall, monotonic) is alive
    if not alive:
        assert start().delay(NOW + wall, monotonic) is None


@pytest.mark.parametrize("rate", [1.0, 1.15])
def test_a_fast_clock_is_not_slowed_down_without_end(rate: float) -> None:
    # The server wants 5 s more after each poll that comes too early (RFC 8628 §3.5); the person approves after 20 s.
    settled: Polling | TokenResponse = start(900.0)
    elapsed, wanted, last, polls, explained = 0.0, 5.0, 0.0, 0, ""
    while isinstance(settled, Polling) and not explained and polls < 15:
        polls += 1
        try:
            elapsed += pause(settled, elapsed) / rate
            early, last = elapsed - last < wanted, elapsed
            wanted += 5.0 * early
            settled = settled.process(SLOW_DOWN if early else GRANTED if elapsed > 20 else PENDING, NOW)
        except PromptVMAuthError as error:
            explained = str(error)
    assert isinstance(settled, TokenResponse) or "clock" in explained


ANSWERS = st.sampled_from([
    PENDING,
    SLOW_DOWN,
    BUSY,
    CUT_OFF,
    TransportError("cut short", status=500),
    HttpResponse(429, {"retry-after": "7"}),
    refusal("slow_down", interval=13),
    refusal("slow_down", interval=1e308),
    refusal("slow_down", headers={"retry-after": "999999"}),
    refusal("server_error"),
])  # fmt: skip


@given(st.lists(ANSWERS, max_size=80), st.floats(min_value=1, max_value=3600), st.floats(min_value=0, max_value=30))
def test_whatever_comes_no_poll_is_early_and_none_is_late(
    answers: list[HttpResponse | TransportError], lifetime: float, travel: float
) -> None:
    polling, elapsed = start(lifetime), 0.0
    wanted = polling.interval
    for answer in answers:
        try:
            wait = pause(polling, elapsed)
        except PromptVMAuthError:
            return
        assert wait >= wanted
        elapsed += wait
        assert elapsed < lifetime
        assert polling.alive(NOW + elapsed, elapsed)
        elapsed += travel
        try:
            polling = going_on(polling, answer)
        except PromptVMAuthError:
            return
        assert polling.interval >= wanted + (5.0 if answer is SLOW_DOWN else 0.0)
        wanted = polling.interval


def test_from_the_fourth_slow_down_in_a_row_a_quarter_is_added_too_in_case_the_clock_runs_fast() -> None:
    polling, intervals = start(3600.0), list[float]()
    for _ in range(5):
        polling = going_on(polling, SLOW_DOWN)
        intervals.append(polling.interval)
    assert intervals == [10.0, 15.0, 20.0, 30.0, 42.5]


@pytest.mark.parametrize("answer", [PENDING, SLOW_DOWN])
def test_an_answer_ends_the_wait_that_a_busy_server_named(answer: HttpResponse) -> None:
    busy = HttpResponse(503, {"retry-after": "90"})
    assert pause(going_on(start(), busy)) == 90.0
    after = going_on(start(), busy, answer)
    assert (after.retry_after, pause(after)) == (0.0, after.interval)


def test_the_code_of_a_login_that_was_not_approved_in_time_is_that_of_the_server() -> None:
    with pytest.raises(DeviceCodeExpired) as caught:
        pause(start(), LIFETIME)
    assert caught.value.code == "expired_token"
    assert str(caught.value) == "the login was not approved in time; log in again to get a new code"


def test_slow_down_without_end_keeps_the_status_of_the_last_answer() -> None:
    with pytest.raises(OAuthError) as caught:
        poll_until_the_end(36000.0, SLOW_DOWN, [])
    assert (caught.value.code, caught.value.status) == ("slow_down", 400)


@pytest.mark.parametrize("status", [300, 301])
def test_a_redirect_that_was_cut_off_may_be_asked_again_for_no_token_was_in_it(status: int) -> None:
    assert pause(going_on(start(), TransportError("cut off", status=status))) == 10.0
