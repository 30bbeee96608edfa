"""What every callback adapter must do, as tests: subclass `CallbackContract` and implement its three methods."""
# ruff: noqa: D102 - the names of the tests say what they are about

import re
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..ports.callback import CallbackListener, CallbackPort, Outcome
from ..ports.errors import ListenerError

T = TypeVar("T")

LONG = 5.0
"""Seconds to wait for what was sent; a working adapter needs almost none."""

SHORT = 0.05
"""Seconds to wait for what never comes."""


def accept(query: str) -> str | None:
    """Accepts a query with the right state, and returns another value than the query itself."""
    return f"accepted {query}" if query.endswith("&state=right") else None


class CallbackContract:
    """The callback port's contract."""

    def make(self) -> CallbackPort:
        """Returns the port under test. It is called once per test."""
        raise NotImplementedError

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end: `run_blocking` or `asyncio.run`."""
        raise NotImplementedError

    def visit(self, url: str) -> None:
        """Requests a URL as a browser does, without waiting for the page; a refused connection is not an error."""
        raise NotImplementedError

    def test_the_redirect_uri_is_the_callback_path_on_the_loopback_literal(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d{0,4}/callback", listener.redirect_uri)

        self.run(flow())

    def test_wait_gives_what_accept_made_of_the_query(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                self.visit(f"{listener.redirect_uri}?code=a%20b&state=right")
                assert await listener.wait(LONG) == "accepted code=a%20b&state=right"
                await listener.answer(Outcome(succeeded=True))

        self.run(flow())

    def test_a_query_that_is_not_accepted_ends_nothing(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                self.visit(f"{listener.redirect_uri}?code=a&state=wrong")
                self.visit(f"{listener.redirect_uri}?code=b&state=right")
                assert await listener.wait(LONG) == "accepted code=b&state=right"

        self.run(flow())

    def test_wait_gives_none_when_nothing_is_accepted_in_time(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                self.visit(f"{listener.redirect_uri}?code=a&state=wrong")
                assert await listener.wait(SHORT) is None
                assert await listener.wait(0) is None

        self.run(flow())

    def test_a_later_wait_gives_what_an_earlier_one_missed(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                assert await listener.wait(SHORT) is None
                self.visit(f"{listener.redirect_uri}?code=a&state=right")
                assert await listener.wait(LONG) == "accepted code=a&state=right"

        self.run(flow())

    def test_the_first_accepted_query_wins(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                self.visit(f"{listener.redirect_uri}?code=a&state=right")
                await listener.wait(LONG)
                self.visit(f"{listener.redirect_uri}?code=b&state=right")
                assert await listener.wait(SHORT) == "accepted code=a&state=right"

        self.run(flow())

    def test_another_path_is_not_the_callback(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                self.visit(f"{listener.redirect_uri}/?code=a&state=right")
                self.visit(f"{listener.redirect_uri.upper()}?code=a&state=right")
                assert await listener.wait(SHORT) is None

        self.run(flow())

    def test_listeners_that_are_open_at_once_hear_only_their_own(self) -> None:
        async def flow() -> None:
            port = self.make()
            async with opened(port) as first, opened(port) as second:
                assert first.redirect_uri != second.redirect_uri
                self.visit(f"{second.redirect_uri}?code=b&state=right")
                assert await second.wait(LONG) == "accepted code=b&state=right"
                assert await first.wait(SHORT) is None

        self.run(flow())

    def test_the_first_free_one_of_the_allowed_ports_is_taken(self) -> None:
        async def flow() -> None:
            port = self.make()
            async with opened(port) as busy, opened(port) as other:
                await other.close()
                async with opened(port, [number(busy), number(other)]) as listener:
                    assert listener.redirect_uri == other.redirect_uri

        self.run(flow())

    def test_an_error_names_the_allowed_ports_when_all_are_taken(self) -> None:
        async def flow() -> None:
            port = self.make()
            async with opened(port) as busy, opened(port) as other:
                taken = [number(busy), number(other)]
                text = "a second listener was opened"
                try:
                    await port.open(accept, ports=taken)
                except ListenerError as error:
                    text = str(error)
                assert all(str(each) in text for each in taken)

        self.run(flow())

    def test_a_start_url_is_local_and_cannot_be_guessed(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                origin = listener.redirect_uri.removesuffix("/callback")
                first, second = (listener.start_url("https://login.test/authorize?x=1") for _ in range(2))
                assert re.fullmatch(re.escape(origin) + r"/start/[0-9a-f]{32}", first)
                assert first != second

        self.run(flow())

    def test_a_closed_listener_hears_nothing(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                await listener.close()
                self.visit(f"{listener.redirect_uri}?code=a&state=right")
                assert await listener.wait(LONG) is None

        self.run(flow())

    def test_answering_and_closing_may_be_repeated(self) -> None:
        async def flow() -> None:
            async with opened(self.make()) as listener:
                await listener.answer(Outcome(succeeded=False, detail="cancelled"))
                await listener.answer(Outcome(succeeded=True))
                await listener.close()
                await listener.answer(Outcome(succeeded=True))
                await listener.close()

        self.run(flow())


@asynccontextmanager
async def opened(port: CallbackPort, ports: Sequence[int] = ()) -> AsyncGenerator[CallbackListener[str]]:
    """Opens a listener and closes it at the end of the block."""
    listener = await port.open(accept, ports=ports)
    try:
        yield listener
    finally:
        await listener.close()


def number(listener: CallbackListener[Any]) -> int:
    """Returns the port number of a listener."""
    return urlsplit(listener.redirect_uri).port or 0
