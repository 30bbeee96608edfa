import asyncio
import gc
from contextlib import suppress

import pytest
from promptvm_oauth.domain.errors import ConfigurationError, PortSuspended, StoreCorrupt
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking


def test_a_flow_that_never_suspends_gives_what_it_returns() -> None:
    async def port() -> int:
        return 20

    async def flow() -> int:
        return await port() + await port() + 2

    assert run_blocking(flow()) == 42


def test_what_a_flow_raises_comes_out_as_it_is() -> None:
    async def flow() -> None:
        raise StoreCorrupt("broken", store="file")

    with pytest.raises(StoreCorrupt, match="file: broken"):
        run_blocking(flow())


def test_a_port_that_suspends_raises_at_once_and_the_flow_is_cleaned_up() -> None:
    happened: list[str] = []

    async def flow() -> None:
        try:
            await asyncio.sleep(0)
            happened.append("went on")
        finally:
            happened.append("cleaned up")

    with pytest.raises(PortSuspended, match="AsyncOAuthClient"):
        run_blocking(flow())
    assert happened == ["cleaned up"]
    assert issubclass(PortSuspended, ConfigurationError)


def test_a_port_that_suspends_again_while_the_flow_cleans_up_changes_nothing() -> None:
    async def flow() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0)

    with pytest.raises(PortSuspended):
        run_blocking(flow())


def test_a_flow_that_suspends_in_every_clean_up_leaves_nothing_behind() -> None:
    async def flow(depth: int) -> None:
        try:
            await asyncio.sleep(0)
        finally:
            if depth:
                await flow(depth - 1)

    with pytest.raises(PortSuspended):
        run_blocking(flow(5))
    gc.collect()  # a flow that is not finished by now would be reported here


def test_a_flow_that_goes_on_for_ever_is_given_up() -> None:
    async def flow() -> None:
        while True:
            with suppress(PortSuspended):
                await asyncio.sleep(0)

    with pytest.raises(PortSuspended):
        run_blocking(flow())


def test_a_flow_that_fails_while_it_cleans_up_still_says_what_is_wrong() -> None:
    async def flow() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            raise StoreCorrupt("broken", store="file")

    with pytest.raises(PortSuspended):
        run_blocking(flow())
