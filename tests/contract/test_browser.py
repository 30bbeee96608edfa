"""Every browser hands on a good URL in its own colour."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import pytest
from promptvm_oauth.adapters.browser import AsyncBrowser, BlockingBrowser
from promptvm_oauth.domain.blocking import run_blocking
from promptvm_oauth.ports.browser import Browser
from promptvm_oauth.testing.browser import FakeBrowser

URL = "http://127.0.0.1:8080/s/start"
Run = Callable[[Coroutine[Any, Any, None]], None]
Make = Callable[[list[str]], Browser]


def blocking(opened: list[str]) -> Browser:
    return BlockingBrowser(environ={"BROWSER": "any"}, start=recording(opened))


def asynchronous(opened: list[str]) -> Browser:
    return AsyncBrowser(environ={"BROWSER": "any"}, start=recording(opened))


def fake(opened: list[str]) -> Browser:
    return FakeBrowser(opened.append, background=False)


def recording(opened: list[str]) -> Callable[[Sequence[str], Mapping[str, str]], int]:
    def start(command: Sequence[str], environ: Mapping[str, str]) -> int:
        opened.append(command[-1])
        return 0

    return start


@pytest.mark.parametrize(
    ("make", "run"),
    [(blocking, run_blocking), (asynchronous, asyncio.run), (fake, run_blocking), (fake, asyncio.run)],
    ids=["blocking", "async", "fake when blocking", "fake when async"],
)
def test_each_url_is_opened_once_and_in_order(make: Make, run: Run) -> None:
    opened: list[str] = []
    browser = make(opened)
    run(browser.open(URL))
    run(browser.open(URL + "2"))
    assert opened == [URL, URL + "2"]
