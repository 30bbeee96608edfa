"""Trying one opener after the other, in both colours."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence

import pytest
from promptvm_oauth.adapters.browser.browser import AsyncBrowser, BlockingBrowser, Opened, Start
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import BrowserError

URL = "https://app.example/authorize?state=hidden"


class Starter:
    """Starts nothing; each command ends as it is told to, and an unknown one is not installed."""

    def __init__(self, **ends: int | Exception | None) -> None:
        self.started: list[list[str]] = []
        self._ends = ends

    def __call__(self, command: Sequence[str], environ: Mapping[str, str]) -> Callable[[], int | None]:
        self.started.append(list(command))
        end = self._ends.get(command[0], FileNotFoundError())
        if isinstance(end, Exception):
            raise end
        return lambda: end


Open = Callable[[Start, dict[str, str]], Opened]


@pytest.fixture(params=["blocking", "async"])
def open_url(request: pytest.FixtureRequest) -> Open:
    run: Callable[[Coroutine[object, object, Opened]], Opened]
    make, run = (BlockingBrowser, run_blocking) if request.param == "blocking" else (AsyncBrowser, asyncio.run)
    return lambda start, environ: run(make(environ=environ, platform="linux", start=start).open(URL))


def test_the_first_opener_that_starts_is_the_last_that_is_tried(open_url: Open) -> None:
    start = Starter(two=None, three=0)
    open_url(start, {"BROWSER": "one:two:three"})
    assert start.started == [["one", URL], ["two", URL]]


@pytest.mark.parametrize("end", [0, None], ids=["exits with 0", "hangs"])
def test_an_opener_that_may_have_opened_nothing_counts_as_started(open_url: Open, end: int | None) -> None:
    start = Starter(one=end)
    open_url(start, {"BROWSER": "one:two"})
    assert start.started == [["one", URL]]


def test_an_opener_that_fails_at_once_makes_room_for_the_next(open_url: Open) -> None:
    start = Starter(one=1, two=0)
    open_url(start, {"BROWSER": "one:two"})
    assert start.started == [["one", URL], ["two", URL]]


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        (
            {"one": 3, "two": 4},
            "no browser could be opened: one failed with exit status 3, two failed with exit status 4",
        ),
        ({}, "no browser was found"),
        ({"one": PermissionError(), "two": ValueError("embedded null byte")}, "no browser was found"),
    ],
    ids=["exits with 3", "not installed", "not allowed"],
)
def test_when_no_opener_can_be_started_the_reason_is_said_and_the_url_is_not(
    open_url: Open, ends: dict[str, int | Exception], reason: str
) -> None:
    start = Starter(**ends)
    with pytest.raises(BrowserError, match=reason) as error:
        open_url(start, {"BROWSER": "one:two"})
    assert "hidden" not in str(error.value)
    assert len(start.started) == 2


def test_an_opener_that_fails_later_says_so_then(open_url: Open) -> None:
    ends: list[int | None] = [None]
    opened = open_url(lambda command, environ: lambda: ends[-1], {"BROWSER": "/opt/one\x1b[31m"})

    assert opened.failure() == ""
    ends.append(4)
    assert opened.failure() == "one [31m failed with exit status 4"
    ends.append(0)
    assert opened.failure() == ""


def test_a_refused_url_starts_nothing() -> None:
    start = Starter(one=0)
    with pytest.raises(BrowserError):
        run_blocking(BlockingBrowser(environ={"BROWSER": "one"}, start=start).open("javascript:alert(1)"))
    assert start.started == []


def test_the_environment_is_read_when_a_url_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    start = Starter(later=0)
    browser = BlockingBrowser(platform="linux", start=start)
    monkeypatch.setenv("BROWSER", "later")
    run_blocking(browser.open(URL))
    assert start.started == [["later", URL]]
