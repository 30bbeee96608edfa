"""Every browser keeps the contract."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from promptvm_oauth.adapters.browser.browser import AsyncBrowser, BlockingBrowser, Start
from promptvm_oauth.adapters.browser.openers import Status
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.browser import Browser
from promptvm_oauth.ports.errors import BrowserError
from promptvm_oauth.testing.browser import FakeBrowser
from promptvm_oauth.testing.browser_contract import BrowserContract

T = TypeVar("T")

ENVIRON = {"BROWSER": "any"}


def recording(opened: list[str]) -> Start:
    def start(command: Sequence[str], environ: Mapping[str, str]) -> Status:
        opened.append(command[-1])
        return lambda: 0

    return start


def failing(command: Sequence[str], environ: Mapping[str, str]) -> Status:
    return lambda: 1


class TestBlockingBrowser(BrowserContract):
    def make(self, opened: list[str]) -> Browser:
        return BlockingBrowser(environ=ENVIRON, start=recording(opened))

    def make_broken(self) -> Browser:
        return BlockingBrowser(environ=ENVIRON, start=failing)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_blocking(work)


class TestAsyncBrowser(BrowserContract):
    def make(self, opened: list[str]) -> Browser:
        return AsyncBrowser(environ=ENVIRON, start=recording(opened))

    def make_broken(self) -> Browser:
        return AsyncBrowser(environ=ENVIRON, start=failing)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


class TestFakeBrowserWhenBlocking(BrowserContract):
    def make(self, opened: list[str]) -> Browser:
        return FakeBrowser(opened.append, background=False)

    def make_broken(self) -> Browser:
        def refuse(url: str) -> None:
            raise BrowserError("there is no browser in this test")

        return FakeBrowser(refuse, background=False)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_blocking(work)


class TestFakeBrowserWhenAsync(TestFakeBrowserWhenBlocking):
    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)
