"""Whoever renews a token is interrupted at each step in turn: the login is kept."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, cast

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore

from .conftest import AtStep

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from promptvm_oauth.ports.http import HttpRequest, HttpResponse

    from .conftest import Rig

HOUR = 3600.0
UNIT = ["request", "answer", "save", "saved", "profile"]
STEPS = ["before the lock", "second look", *UNIT, "unlock"]


class Interrupted(AtStep):
    """The ports of a rig, which say when a refresh reaches a step; then `act` is called, once."""

    def __init__(self, rig: "Rig", step: str) -> None:
        super().__init__(rig, step)
        self.loads = 0

    def ports(self) -> dict[str, Any]:
        return {"http": _Http(self, self._rig), "lock": _Lock(self, self._rig), **self._stores()}

    def _stores(self) -> dict[str, Any]:
        moment, rig = self, self._rig

        class Store(MemoryStore):
            def load(self, profile: str) -> Mapping[str, str] | None:
                moment.loads += 1
                if moment.loads == 2:
                    moment.at("second look")
                return rig.store.load(profile)

            def save(self, profile: str, fields: Mapping[str, str]) -> None:
                moment.at("save")
                rig.store.save(profile, fields)
                moment.at("saved")

        class Profiles(MemoryProfiles):
            def active(self) -> str:
                return rig.profiles.active()

            def load(self, name: str) -> Mapping[str, str] | None:
                return rig.profiles.load(name)

            def save(self, name: str, fields: Mapping[str, str]) -> None:
                moment.at("profile")
                rig.profiles.save(name, fields)

        return {"secrets": Store(), "profiles": Profiles()}


class _Http:
    def __init__(self, moment: Interrupted, rig: "Rig") -> None:
        self._moment = moment
        self._rig = rig

    async def send(self, request: "HttpRequest") -> "HttpResponse":
        self._moment.at("request")
        await self._breathe()
        response = await self._rig.server.send(request)
        self._moment.at("answer")
        await self._breathe()
        return response

    async def close(self) -> None:
        """Hold nothing."""

    async def _breathe(self) -> None:
        """Let a cancellation arrive, where there is an event loop."""
        if self._rig.colour == "asyncio":
            for _ in range(5):
                await asyncio.sleep(0)


class _Lock:
    def __init__(self, moment: Interrupted, rig: "Rig") -> None:
        self._moment = moment
        self._rig = rig

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def held() -> "AsyncGenerator[None]":
            self._moment.at("before the lock")
            async with self._rig.lock.hold(profile, timeout=timeout):
                yield
                self._moment.at("unlock")

        return held()


@pytest.fixture
def expired(rig: "Rig") -> "Rig":
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    return rig


def assert_login_is_kept(rig: "Rig", *, refreshes: int) -> None:
    """Another client, as the next run of the program, gets a token; no answer of the server was thrown away."""
    assert rig.call("access_token", client=rig.make()) == rig.fields()["access_token"]
    [session] = rig.server.auth.live_sessions
    assert session.refresh_token == rig.fields()["refresh_token"]
    assert rig.server.auth.answered_refreshes == refreshes
    assert not rig.server.auth.revoked_families


@pytest.fixture
def default_ctrl_c() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("default_ctrl_c")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_at_any_step_ends_the_program_and_keeps_the_login(expired: "Rig", step: str, presses: int) -> None:
    moment = Interrupted(expired, step)
    client = expired.make(**moment.ports())
    pressed: list[str] = []

    def press() -> None:
        for _ in range(presses):
            pressed.append(step)
            signal.raise_signal(signal.SIGINT)

    moment.act = press
    with pytest.raises(KeyboardInterrupt):
        expired.call("access_token", client=client)

    assert pressed == [step] * presses or step not in UNIT
    assert_login_is_kept(expired, refreshes=1)


@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
@pytest.mark.parametrize("step", UNIT)
def test_a_handler_that_only_takes_notice_of_ctrl_c_is_called_at_once(expired: "Rig", step: str) -> None:
    moment = Interrupted(expired, step)
    heard: list[int] = []
    heard_at_once: list[bool] = []

    def press() -> None:
        signal.raise_signal(signal.SIGINT)
        heard_at_once.append(bool(heard))

    moment.act = press
    before = signal.signal(signal.SIGINT, lambda _number, _frame: heard.append(1))
    try:
        token = expired.call("access_token", client=expired.make(**moment.ports()))
    finally:
        signal.signal(signal.SIGINT, before)

    assert heard_at_once == [True]
    assert token == expired.fields()["access_token"]
    assert_login_is_kept(expired, refreshes=1)


async def cancel_the_caller(client: AsyncOAuthClient, moment: Interrupted) -> None:
    caller = asyncio.ensure_future(client.access_token())
    moment.act = in_the_loop(caller.cancel)
    with pytest.raises(asyncio.CancelledError):
        await caller
    await client.aclose()


async def let_the_callers_time_run_out(client: AsyncOAuthClient, moment: Interrupted) -> None:
    async def impatient() -> None:
        async with asyncio.timeout(None) as limit:
            loop = asyncio.get_running_loop()
            moment.act = in_the_loop(lambda: limit.reschedule(loop.time()))
            await client.access_token()

    with pytest.raises(TimeoutError):
        await impatient()
    await client.aclose()


async def return_from_main(client: AsyncOAuthClient, moment: Interrupted) -> None:
    reached = asyncio.Event()
    moment.act = in_the_loop(reached.set)
    caller = asyncio.ensure_future(client.access_token())
    async with asyncio.timeout(10):
        await reached.wait()
    assert not caller.done()


async def cancel_every_task_twice(client: AsyncOAuthClient, moment: Interrupted) -> None:
    main = asyncio.current_task()

    def cancel() -> None:
        for task in asyncio.all_tasks() - {main}:
            task.cancel()
            task.cancel()

    moment.act = in_the_loop(cancel)
    caller = asyncio.ensure_future(client.access_token())
    with suppress(asyncio.CancelledError):
        await caller
    await client.aclose()


async def cancel_one_of_two_callers(client: AsyncOAuthClient, moment: Interrupted) -> None:
    first, second = asyncio.ensure_future(client.access_token()), asyncio.ensure_future(client.access_token())
    moment.act = in_the_loop(first.cancel)
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await second).startswith("pvm_at_")


async def stop_waiting_for_the_end(client: AsyncOAuthClient, moment: Interrupted) -> None:
    caller = asyncio.ensure_future(client.access_token())
    closing: list[asyncio.Task[None]] = []

    def close_and_leave() -> None:
        caller.cancel()
        closing.append(asyncio.ensure_future(client.aclose()))
        asyncio.get_running_loop().call_soon(closing[0].cancel)

    moment.act = in_the_loop(close_and_leave)
    with pytest.raises(asyncio.CancelledError):
        await caller
    with suppress(asyncio.CancelledError):
        await closing[0]
    await client.aclose()


def in_the_loop(act: Callable[[], object]) -> Callable[[], object]:
    """Act from outside of the refresh; a step that is reached in a worker thread waits until it was heard."""
    loop = asyncio.get_running_loop()
    home = threading.get_ident()
    outside = copy_context()

    def anywhere() -> None:
        if threading.get_ident() == home:
            outside.run(act)
            return
        acted = threading.Event()

        def act_and_tell() -> None:
            act()
            loop.call_soon(loop.call_soon, acted.set)

        loop.call_soon_threadsafe(act_and_tell, context=outside)
        assert acted.wait(10)

    return anywhere


@pytest.mark.parametrize("rig", ["asyncio"], indirect=True)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "way",
    [
        cancel_the_caller,
        let_the_callers_time_run_out,
        return_from_main,
        cancel_every_task_twice,
        cancel_one_of_two_callers,
        stop_waiting_for_the_end,
    ],
)
def test_a_cancellation_at_any_step_keeps_the_login(
    expired: "Rig", step: str, way: Callable[[AsyncOAuthClient, Interrupted], Awaitable[None]]
) -> None:
    moment = Interrupted(expired, step)

    async def main() -> None:
        await way(cast("AsyncOAuthClient", expired.make(**moment.ports())), moment)

    asyncio.run(main())

    assert_login_is_kept(expired, refreshes=1)


@pytest.mark.parametrize("rig", ["asyncio"], indirect=True)
def test_leaving_in_the_wait_for_the_lock_sends_nothing(expired: "Rig") -> None:
    async def main() -> None:
        waits = asyncio.Event()

        class Waiting:
            def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
                waits.set()
                return expired.lock.hold(profile, timeout=timeout)

        async with expired.lock.hold("default", timeout=0):
            client = cast("AsyncOAuthClient", expired.make(lock=Waiting()))
            caller = asyncio.ensure_future(client.access_token())
            async with asyncio.timeout(10):
                await waits.wait()
            caller.cancel()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller

    asyncio.run(main())

    assert expired.server.auth.answered_refreshes == 0
    assert_login_is_kept(expired, refreshes=1)


@pytest.mark.usefixtures("default_ctrl_c")
@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
def test_ctrl_c_in_the_wait_for_the_lock_sends_nothing(expired: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    class Waiting:
        def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("the wait was not interrupted")

    client = expired.make(lock=Waiting())
    assert isinstance(client, OAuthClient)
    with pytest.raises(KeyboardInterrupt):
        client.access_token()

    assert expired.server.auth.answered_refreshes == 0
    assert_login_is_kept(expired, refreshes=1)
