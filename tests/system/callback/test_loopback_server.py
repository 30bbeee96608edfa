"""`start_loopback_server` and `open_browser` over real sockets and processes, and a login made of single steps."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx
import pytest
from promptvm_oauth import (
    AsyncOAuthClient,
    Callback,
    ListenerError,
    LoginTimeout,
    OAuthClient,
    Secret,
    challenge,
    generate_verifier,
    new_state,
    open_browser,
    start_loopback_server,
)
from promptvm_oauth.devserver import DevServer
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking


class Server(Protocol):
    """An open server of either colour."""

    @property
    def port(self) -> int: ...

    @property
    def redirect_uri(self) -> str: ...


Wait = Callable[..., Awaitable[Callback]]
Scenario = Callable[[Server, Wait], Coroutine[Any, Any, None]]


class Loopback:
    """Runs scenarios over servers of one colour; `visit` plays a browser beside them."""

    def __init__(self, colour: str, pool: ThreadPoolExecutor) -> None:
        self.colour = colour
        self._pool = pool

    def run(self, scenario: Scenario, **arguments: Any) -> None:
        if self.colour == "blocking":
            with start_loopback_server(**arguments) as server:

                async def wait(**kwargs: Any) -> Callback:
                    return server.wait(**kwargs)

                return run_blocking(scenario(server, wait))

        async def main() -> None:
            async with start_loopback_server(**arguments) as server:
                await scenario(server, server.wait)

        return asyncio.run(main())

    def visit(self, url: str) -> "Future[httpx.Response]":
        return self._pool.submit(httpx.get, url, trust_env=False, follow_redirects=True, timeout=10)


@pytest.fixture(params=["blocking", "asyncio"])
def loopback(request: pytest.FixtureRequest) -> Iterator[Loopback]:
    with ThreadPoolExecutor(max_workers=4) as pool:
        yield Loopback(request.param, pool)


def test_the_redirect_is_waited_for_and_the_page_says_neither_yes_nor_no(loopback: Loopback) -> None:
    pages: list[Future[httpx.Response]] = []

    async def scenario(server: Server, wait: Wait) -> None:
        assert server.redirect_uri == f"http://127.0.0.1:{server.port}/callback"
        pages.append(loopback.visit(f"{server.redirect_uri}?code=a%20code&state=right"))
        callback = await wait(state="right", timeout=10)
        assert callback.code is not None
        assert (callback.code.reveal(), callback.state.reveal(), callback.error) == ("a code", "right", "")
        assert "a code" not in repr(callback)

    loopback.run(scenario)

    page = pages[0].result()
    assert page.status_code == 200
    assert "It shows whether the sign-in succeeded." in page.text


def test_what_does_not_answer_is_waited_past(loopback: Loopback) -> None:
    strays = {
        "callback?code=a&state=wrong": 400,
        "callback?code=a": 400,
        "callback?error=access_denied&state=wrong": 400,
        "callback?state=right": 400,
        "callback?code=a&state=right&state=right": 400,
        "callback/?code=a&state=right": 404,
        "?code=a&state=right": 404,
    }
    visits: dict[str, Future[httpx.Response]] = {}

    async def scenario(server: Server, wait: Wait) -> None:
        origin = server.redirect_uri.removesuffix("callback")
        visits.update({stray: loopback.visit(origin + stray) for stray in strays})
        while not all(visit.done() for visit in visits.values()):
            with pytest.raises(LoginTimeout):
                await wait(state="right", timeout=0.1)
        loopback.visit(f"{server.redirect_uri}?code=b&state=right")
        callback = await wait(state=Secret("right"), timeout=10)
        assert callback.code == Secret("b")

    loopback.run(scenario)

    assert {stray: visit.result().status_code for stray, visit in visits.items()} == strays


def test_an_error_is_a_callback_too(loopback: Loopback) -> None:
    async def scenario(server: Server, wait: Wait) -> None:
        query = urlencode({"error": "access_denied", "error_description": "no\x1b[2J", "state": "right"})
        loopback.visit(f"{server.redirect_uri}?{query}")
        callback = await wait(state="right", timeout=10)
        assert (callback.code, callback.error) == (None, "access_denied")
        assert callback.error_description.isprintable()

    loopback.run(scenario)


def test_a_state_that_is_known_from_the_start_may_come_back_before_anybody_waits(loopback: Loopback) -> None:
    async def scenario(server: Server, wait: Wait) -> None:
        loopback.visit(f"{server.redirect_uri}?code=a&state=right")
        await (asyncio.sleep(0.2) if loopback.colour == "asyncio" else _nothing())
        assert (await wait(state="right", timeout=10)).code == Secret("a")

    loopback.run(scenario, state="right")


def test_only_the_allowed_ports_are_used(loopback: Loopback) -> None:
    async def scenario(server: Server, _: Wait) -> None:
        with pytest.raises(ListenerError, match=str(server.port)), start_loopback_server(ports=[server.port]):
            pass

    loopback.run(scenario)


def test_the_port_is_free_once_the_server_is_left(loopback: Loopback) -> None:
    ports: list[int] = []

    async def scenario(server: Server, _: Wait) -> None:
        ports.append(server.port)

    loopback.run(scenario)
    loopback.run(scenario, ports=ports[:1])

    assert ports[0] == ports[1]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{ports[0]}/callback", trust_env=False)


def test_the_steps_of_a_login_fit_together(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", f"{sys.executable} -m promptvm_oauth.testing.person")
    verifier, state = generate_verifier(), new_state()

    with DevServer() as promptvm:

        async def scenario(server: Server, wait: Wait) -> None:
            query = {
                "client_id": "promptvm-cli",
                "response_type": "code",
                "redirect_uri": server.redirect_uri,
                "code_challenge": challenge(verifier),
                "code_challenge_method": "S256",
                "state": state,
            }
            open_browser(f"{promptvm.base_url}/cli/authorize?{urlencode(query)}")
            callback = await wait(state=state, timeout=30)
            assert callback.code is not None
            arguments = callback.code, verifier, server.redirect_uri
            if loopback.colour == "asyncio":
                async with AsyncOAuthClient(base_url=promptvm.base_url, secrets="memory") as awaited:
                    tokens = await awaited.exchange_code(*arguments)
            else:
                with OAuthClient(base_url=promptvm.base_url, secrets="memory") as client:
                    tokens = client.exchange_code(*arguments)
            assert tokens.user is not None
            assert tokens.user.email == "ada@example.com"

        loopback.run(scenario, state=state)


async def _nothing() -> None:
    """Do not suspend."""
