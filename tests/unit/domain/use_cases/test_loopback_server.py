"""The bare loopback server over a listener without sockets, by `with` and by `async with`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from promptvm_oauth import Callback, LoginTimeout, Secret
from promptvm_oauth.domain.use_cases.loopback_server import Callbacks, LoopbackServer
from promptvm_oauth.testing import FakeCallback, FakeClock

Wait = Callable[..., Awaitable[Callback]]
Story = Callable[[Any, Wait], Awaitable[None]]


class Loopback:
    """Runs a story with an open server, blocking or under asyncio."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.callback = FakeCallback(FakeClock())
        other = FakeCallback(FakeClock())
        blocking, asynchronous = (self.callback, other) if kind == "blocking" else (other, self.callback)
        self.callbacks = Callbacks(lambda: blocking, lambda: asynchronous)

    def run(self, story: Story, *, state: str | None = None, ports: tuple[int, ...] = ()) -> None:
        loopback = LoopbackServer(self.callbacks, state, ports)

        async def asynchronous() -> None:
            async with loopback as server:
                await story(server, server.wait)

        if self.kind == "asyncio":
            asyncio.run(asynchronous())
            return
        with loopback as server:

            async def wait(**arguments: Any) -> Callback:
                return server.wait(**arguments)

            with pytest.raises(StopIteration):
                story(server, wait).__await__().send(None)


@pytest.fixture(params=["blocking", "asyncio"])
def loopback(request: pytest.FixtureRequest) -> Loopback:
    return Loopback(request.param)


def test_the_redirect_with_the_awaited_state_is_returned(loopback: Loopback) -> None:
    async def story(server: Any, wait: Wait) -> None:
        assert server.redirect_uri == f"http://127.0.0.1:{server.port}/callback"
        assert not loopback.callback.deliver(f"{server.redirect_uri}?code=a&state=wrong")
        assert loopback.callback.deliver(f"{server.redirect_uri}?code=b&state=right")
        callback = await wait(state="right", timeout=5.0)
        assert (callback.code, callback.state) == (Secret("b"), Secret("right"))

    loopback.run(story, state="right")


def test_a_redirect_that_came_before_its_state_was_known_is_found(loopback: Loopback) -> None:
    async def story(server: Any, wait: Wait) -> None:
        loopback.callback.deliver(f"{server.redirect_uri}?code=b&state=right")
        assert (await wait(state=Secret("right"), timeout=5.0)).code == Secret("b")

    loopback.run(story)


def test_without_a_redirect_the_wait_ends(loopback: Loopback) -> None:
    async def story(server: Any, wait: Wait) -> None:
        with pytest.raises(LoginTimeout):
            await wait(state="right", timeout=5.0)

    loopback.run(story)


def test_the_port_is_the_wanted_one_and_free_again_afterwards(loopback: Loopback) -> None:
    async def story(server: Any, wait: Wait) -> None:
        assert server.port == 18623
        assert list(loopback.callback.listeners) == [18623]

    loopback.run(story, ports=(18623,))
    assert loopback.callback.listeners == {}


def test_closing_what_was_never_opened_does_nothing(loopback: Loopback) -> None:
    LoopbackServer(loopback.callbacks, None, ()).__exit__(None, None, None)
