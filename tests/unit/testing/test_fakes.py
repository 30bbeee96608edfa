"""The fakes do what their users rely on."""

import asyncio
from threading import Event

import pytest
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import PromptVMAuthError, TransportError
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.browser import FakeBrowser, ForbiddenBrowser
from promptvm_oauth.testing.clock import FakeClock
from promptvm_oauth.testing.entropy import FakeEntropy
from promptvm_oauth.testing.http import ScriptedHttp, json_response

REQUEST = HttpRequest("POST", "https://api.example/token?state=hidden", body=b"{}")


def test_a_sleep_moves_both_hands_and_is_recorded() -> None:
    clock = FakeClock(100.0, monotonic=7.0)
    run_blocking(clock.sleep(3600.0))
    asyncio.run(clock.sleep(5.0))
    assert (clock.now(), clock.monotonic(), clock.sleeps) == (3705.0, 3612.0, [3600.0, 5.0])


def test_a_suspended_machine_moves_the_wall_clock_alone() -> None:
    clock = FakeClock(100.0, monotonic=7.0)
    clock.advance(1.0)
    clock.suspend(7200.0)
    assert (clock.now(), clock.monotonic()) == (7301.0, 8.0)


def test_on_a_fast_monotonic_clock_a_sleep_is_shorter_on_the_wall() -> None:
    clock = FakeClock(0.0, monotonic=0.0, rate=1.25)
    run_blocking(clock.sleep(5.0))
    assert (clock.now(), clock.monotonic()) == (4.0, 5.0)


def test_entropy_differs_from_call_to_call_and_repeats_from_run_to_run() -> None:
    first, second, other = FakeEntropy(), FakeEntropy(), FakeEntropy(seed=1)
    drawn = [first.random_bytes(32), first.random_bytes(32)]
    assert len({*drawn, other.random_bytes(32)}) == 3
    assert [second.random_bytes(32), second.random_bytes(32)] == drawn
    assert FakeEntropy(jitter=0.5).jitter() == 0.5


def test_a_script_answers_in_order_with_responses_errors_and_functions() -> None:
    http = ScriptedHttp(
        json_response(200, {"a": 1}, {"x-more": "yes"}),
        TransportError("down"),
        lambda request: HttpResponse(201, body=request.body or b""),
    )
    first = run_blocking(http.send(REQUEST))
    assert (first.status, first.body) == (200, b'{"a": 1}')
    assert dict(first.headers) == {"content-type": "application/json", "x-more": "yes"}
    with pytest.raises(TransportError, match="down"):
        run_blocking(http.send(REQUEST))
    assert http.unused == 1
    assert run_blocking(http.send(REQUEST)).body == b"{}"
    assert (http.requests, http.unused) == ([REQUEST] * 3, 0)


def test_a_request_beyond_the_script_fails_the_test_without_showing_the_query() -> None:
    with pytest.raises(AssertionError, match=r"request 1, POST /token, has no answer") as failure:
        run_blocking(ScriptedHttp().send(REQUEST))
    assert "hidden" not in str(failure.value)


def test_a_scripted_http_notes_that_it_was_closed() -> None:
    http = ScriptedHttp()
    run_blocking(http.close())
    assert http.closed


@pytest.mark.parametrize("run", [run_blocking, asyncio.run], ids=["blocking", "async"])
def test_a_visit_may_wait_for_what_the_flow_does_after_opening(run: object) -> None:
    assert callable(run)
    flow_goes_on = Event()
    visited: list[str] = []

    def visit(url: str) -> None:
        assert flow_goes_on.wait(5)
        visited.append(url)

    browser = FakeBrowser(visit)
    run(browser.open("http://127.0.0.1/start"))
    flow_goes_on.set()
    browser.join()
    assert visited == browser.opened == ["http://127.0.0.1/start"]


def test_what_a_visit_raises_is_raised_when_it_is_joined() -> None:
    def visit(url: str) -> None:
        raise LookupError(url)

    browser = FakeBrowser(visit)
    run_blocking(browser.open("http://127.0.0.1/start"))
    with pytest.raises(LookupError):
        browser.join()


def test_a_visit_that_does_not_end_fails_the_join() -> None:
    never = Event()
    browser = FakeBrowser(lambda url: never.wait())
    run_blocking(browser.open("http://127.0.0.1/start"))
    with pytest.raises(AssertionError, match="did not finish its visit"):
        browser.join(timeout=0.01)
    never.set()
    browser.join()


def test_a_visit_in_the_foreground_has_ended_when_open_returns() -> None:
    visited: list[str] = []
    run_blocking(FakeBrowser(visited.append, background=False).open("http://127.0.0.1/start"))
    assert visited == ["http://127.0.0.1/start"]


def test_a_browser_without_a_visit_only_records() -> None:
    browser = FakeBrowser()
    run_blocking(browser.open("http://127.0.0.1/start"))
    browser.join()
    assert browser.opened == ["http://127.0.0.1/start"]


def test_a_forbidden_browser_fails_in_a_way_that_no_flow_catches() -> None:
    with pytest.raises(AssertionError) as failure:
        run_blocking(ForbiddenBrowser().open("http://127.0.0.1/start?state=hidden"))
    assert not isinstance(failure.value, PromptVMAuthError)
    assert "hidden" not in str(failure.value)
