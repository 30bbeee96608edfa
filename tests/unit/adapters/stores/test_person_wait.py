"""The wait for a user who unlocks a store, in both kinds of client."""

import asyncio
from collections.abc import Callable, Mapping
from threading import Event as Flag
from threading import get_ident

import pytest
from promptvm_oauth.adapters.stores.awaited import AwaitedStore, Runner, run_in_thread, run_inline
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import StoreFailed, StoreLocked
from promptvm_oauth.ports.events import Event, UnlockAwaited

Waiting = Callable[[float, float], None]
TOLD = UnlockAwaited("work", "keyring", 60.0)


class Keyring(MemoryStore):
    """A store whose `unlock` does what a test wants."""

    name = "keyring"

    def __init__(self, behave: Callable[[Waiting], None]) -> None:
        super().__init__()
        self._behave = behave

    def load(self, profile: str) -> Mapping[str, str] | None:
        return super().load(profile)

    def unlock(self, profile: str, waiting: Waiting) -> None:
        assert profile == "work"
        self._behave(waiting)


def linger(waiting: Waiting) -> None:
    """Waits two seconds."""
    for passed in (0.5, 0.9, 1.0, 1.5, 2.0):
        waiting(passed, 60.0)


def test_a_blocking_caller_hears_of_it_during_the_call() -> None:
    told: list[Event] = []
    assert run_blocking(AwaitedStore(Keyring(linger), run_inline, "", told.append).unlock("work"))
    assert told == [TOLD]


def test_an_asynchronous_caller_hears_of_it_in_its_own_thread() -> None:
    told: list[tuple[int, Event]] = []

    async def call() -> None:
        store = AwaitedStore(Keyring(linger), run_in_thread, "", lambda event: told.append((get_ident(), event)))
        assert await store.unlock("work")
        await asyncio.sleep(0)

    asyncio.run(call())
    assert told == [(get_ident(), TOLD)]


@pytest.mark.parametrize("run", [run_inline, run_in_thread])
def test_without_a_listener_the_wait_is_silent(run: Runner) -> None:
    async def call() -> None:
        assert await AwaitedStore(Keyring(linger), run, "").unlock("work")

    asyncio.run(call())


def test_what_an_unlock_raises_is_the_ports_error() -> None:
    def fail(waiting: Waiting) -> None:
        raise LookupError("secret")

    with pytest.raises(StoreFailed, match="raised LookupError"):
        run_blocking(AwaitedStore(Keyring(fail), run_inline, "").unlock("work"))


def test_a_caller_that_is_cancelled_ends_the_wait_of_its_thread() -> None:
    begun, ended = Flag(), Flag()

    def wait(waiting: Waiting) -> None:
        begun.set()
        try:
            while True:
                waiting(0.2, 60.0)
        except StoreLocked:
            ended.set()
            raise

    async def call() -> None:
        store = AwaitedStore(Keyring(wait), run_in_thread, "")
        unlocking = asyncio.create_task(store.unlock("work"))
        assert await asyncio.to_thread(begun.wait, 60)
        unlocking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await unlocking
        assert await asyncio.to_thread(ended.wait, 60)

    asyncio.run(call())
