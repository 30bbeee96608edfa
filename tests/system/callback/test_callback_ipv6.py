"""Listening on [::1] where that is asked for, in both colours."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.adapters.callback.connection import Limits
from promptvm_oauth.adapters.callback.listener import AsyncCallback
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.callback import CallbackPort, Outcome

QUICK = Limits(farewell=0.03, parting=0.05)
COLOURS = [
    pytest.param(BlockingCallback, run_blocking, id="blocking"),
    pytest.param(AsyncCallback, asyncio.run, id="asyncio"),
]
Make = Callable[..., CallbackPort]
Run = Callable[[Coroutine[Any, Any, Any]], Any]


def visit(url: str, host: str | None = None) -> int:
    headers = {"Host": host} if host else {}
    return httpx.get(url, headers=headers, trust_env=False, follow_redirects=True).status_code


@pytest.mark.parametrize(("make", "run"), COLOURS)
def test_a_listener_on_v6_takes_the_callback_that_comes_on_exactly_its_address(make: Make, run: Run) -> None:
    async def flow() -> list[object]:
        listener = await make(QUICK, address="::1").open(lambda query: query if query == "code=c" else None)
        port = int(listener.redirect_uri.partition("[::1]:")[2].partition("/")[0])
        assert listener.redirect_uri == f"http://[::1]:{port}/callback"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        seen: list[object] = [await asyncio_or_here(run, visit, f"{listener.redirect_uri}?code=c", f"localhost:{port}")]
        browser = start(visit, f"{listener.redirect_uri}?code=c")
        seen.append(await listener.wait(5))
        await listener.answer(Outcome(succeeded=True))
        await listener.close()
        browser.join(5)
        return seen

    refused, accepted = run(flow())
    assert refused in {400, 421}
    assert accepted == "code=c"


@pytest.mark.parametrize(("make", "run"), COLOURS)
@pytest.mark.parametrize("address", ["localhost", "0.0.0.0", "::", "192.168.0.1"])  # noqa: S104 (refused)
def test_no_other_address_and_no_name_can_be_listened_on(make: Make, run: Run, address: str) -> None:
    with pytest.raises(ValueError, match="not on another address"):
        make(QUICK, address=address)


async def asyncio_or_here(run: Run, function: Callable[..., Any], *arguments: object) -> Any:
    """Call a blocking function without stopping the event loop that serves, if there is one."""
    if run is asyncio.run:
        return await asyncio.to_thread(function, *arguments)
    return function(*arguments)


def start(function: Callable[..., Any], *arguments: object) -> Any:
    from threading import Thread

    thread = Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread
