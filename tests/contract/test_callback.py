import asyncio
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.adapters.callback.connection import Limits
from promptvm_oauth.adapters.callback.listener import AsyncCallback
from promptvm_oauth.adapters.paste.pasted import PastedCallback, Pasting
from promptvm_oauth.domain.oauth.pasted_redirect import read_paste
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.callback import CallbackPort, Outcome
from promptvm_oauth.testing.callback import FakeCallback
from promptvm_oauth.testing.callback_contract import CallbackContract

T = TypeVar("T")

LIMITS = Limits(farewell=0.05, parting=0.05)


class OverSockets(CallbackContract):
    browsers: list[socket.socket]

    def setup_method(self) -> None:
        self.browsers = []

    def teardown_method(self) -> None:
        for browser in self.browsers:
            browser.close()

    def visit(self, url: str) -> None:
        target = urlsplit(url)
        try:
            browser = socket.create_connection(("127.0.0.1", target.port or 0), timeout=5)
        except ConnectionRefusedError:
            return
        self.browsers.append(browser)
        browser.sendall(f"GET {target.path}?{target.query} HTTP/1.1\r\nHost: {target.netloc.lower()}\r\n\r\n".encode())


class TestBlockingCallback(OverSockets):
    def make(self) -> CallbackPort:
        return BlockingCallback(LIMITS)

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        return run_blocking(flow)


class TestAsyncCallback(OverSockets):
    def make(self) -> CallbackPort:
        return AsyncCallback(LIMITS)

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(flow)


class SilentSource:
    """Somewhere to paste into where nobody pastes."""

    def open(self) -> bool:
        return True

    def poll(self) -> str:
        return ""

    def close(self) -> None:
        pass


def with_paste(port: CallbackPort) -> CallbackPort:
    return PastedCallback(port, Pasting(SilentSource(), read_paste, list[str]().append))


class TestBlockingCallbackWithPaste(OverSockets):
    def make(self) -> CallbackPort:
        return with_paste(BlockingCallback(LIMITS))

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        return run_blocking(flow)


class TestAsyncCallbackWithPaste(OverSockets):
    def make(self) -> CallbackPort:
        return with_paste(AsyncCallback(LIMITS))

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(flow)


class HandClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class LoopClock:
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FakeContract(CallbackContract):
    port: FakeCallback

    def visit(self, url: str) -> None:
        self.port.deliver(url)


class TestFakeCallbackWhenBlocking(FakeContract):
    def make(self) -> CallbackPort:
        self.port = FakeCallback(HandClock())
        return self.port

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        return run_blocking(flow)


class TestFakeCallbackWhenAsync(FakeContract):
    def make(self) -> CallbackPort:
        self.port = FakeCallback(LoopClock())
        return self.port

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(flow)


def test_the_fake_sleeps_for_the_whole_time_out_when_nothing_is_delivered() -> None:
    clock = HandClock()

    async def flow() -> str | None:
        listener = await FakeCallback(clock).open(lambda query: query)
        return await listener.wait(300)

    assert run_blocking(flow()) is None
    assert clock.time == 300


def test_the_fake_wakes_up_when_something_is_delivered_while_it_waits() -> None:
    async def flow() -> str | None:
        port = FakeCallback(LoopClock())
        listener = await port.open(lambda query: query)
        asyncio.get_running_loop().call_later(0.01, port.deliver, f"{listener.redirect_uri}?code=a")
        return await listener.wait(5)

    assert asyncio.run(flow()) == "code=a"


def test_the_fake_follows_a_start_url_until_a_query_is_accepted() -> None:
    port = FakeCallback(HandClock())
    listener = run_blocking(port.open(lambda query: query))
    start = listener.start_url("https://login.test/authorize?x=1")
    once = listener.start_url("https://login.test/authorize?x=2", iter([True, False, True]).__next__)
    assert [port.follow(start), port.follow(start)] == ["https://login.test/authorize?x=1"] * 2
    assert [port.follow(once), port.follow(once)] == ["https://login.test/authorize?x=2", None]
    assert port.deliver(f"{listener.redirect_uri}?code=a")
    assert [port.follow(start), port.follow(once)] == [None, None]


def test_the_fake_follows_no_start_url_of_a_closed_listener() -> None:
    port = FakeCallback(HandClock())
    listener = run_blocking(port.open(lambda query: query))
    start = listener.start_url("https://login.test/authorize?x=1")
    run_blocking(listener.close())
    assert port.follow(start) is None
    assert port.follow("http://127.0.0.1:1/start/x") is None


def test_the_fake_records_what_the_browser_was_told() -> None:
    port = FakeCallback(HandClock())
    listener = run_blocking(port.open(lambda query: query))
    run_blocking(listener.answer(Outcome(succeeded=False, detail="denied")))
    assert port.outcomes == [Outcome(succeeded=False, detail="denied")]


def test_the_fake_says_whether_a_delivery_ended_a_wait() -> None:
    port = FakeCallback(HandClock())
    listener = run_blocking(port.open(lambda query: query if query == "right" else None))
    assert not port.deliver(f"{listener.redirect_uri}?wrong")
    assert not port.deliver("http://127.0.0.1:1/callback?right")
    assert not port.deliver(f"{listener.redirect_uri.replace('127.0.0.1', 'localhost')}?right")
    assert port.deliver(f"{listener.redirect_uri}?right")
    assert not port.deliver(f"{listener.redirect_uri}?right")
