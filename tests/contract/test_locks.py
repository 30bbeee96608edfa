"""Every lock keeps the contract, in both colours."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from promptvm_oauth.adapters.locks import hold as module
from promptvm_oauth.adapters.locks.file import AsyncFileLock, BlockingFileLock
from promptvm_oauth.adapters.locks.memory import AsyncMemoryLock, BlockingMemoryLock
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import LockTimeout
from promptvm_oauth.ports.events import Event, Listener, LockAwaited
from promptvm_oauth.ports.lock import Lock
from promptvm_oauth.testing.lock import FakeLock
from promptvm_oauth.testing.lock_contract import LockContract

T = TypeVar("T")


class Telling(LockContract):
    """Locks that tell what they wait for."""

    def make(self, emit: Listener | None = None) -> Lock:
        raise NotImplementedError

    def wait(self, events: list[Event], *, timeout: float) -> str:
        """Returns what a wait for a lock that another thread holds ends with."""

        async def hold() -> str:
            async with self.make().hold("work", timeout=10):
                with ThreadPoolExecutor(max_workers=1) as pool:
                    return pool.submit(self.run, attempt()).result()

        async def attempt() -> str:
            try:
                async with self.make(events.append).hold("work", timeout=timeout):
                    return "held"
            except LockTimeout as error:
                return str(error)

        return self.run(hold())

    def test_a_wait_that_takes_long_is_told_once_with_its_holder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "LOCK_SILENCE", 0.02)
        events: list[Event] = []
        message = self.wait(events, timeout=0.05)
        (event,) = events
        assert isinstance(event, LockAwaited)
        assert (event.profile, event.process) == ("work", os.getpid())
        assert event.seconds == pytest.approx(0.03)
        assert message.startswith("another part of this program kept ")

    @pytest.mark.parametrize("timeout", [0, 0.02])
    def test_a_short_wait_is_not_told(self, monkeypatch: pytest.MonkeyPatch, timeout: float) -> None:
        monkeypatch.setattr(module, "LOCK_SILENCE", 0.02)
        events: list[Event] = []
        assert self.wait(events, timeout=timeout).startswith("another holder kept ")
        assert events == []

    def test_one_that_was_told_gets_the_lock_when_it_is_released(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "LOCK_SILENCE", 0.02)
        held, told = threading.Event(), threading.Event()

        async def keep() -> None:
            async with self.make().hold("work", timeout=10):
                held.set()
                assert told.wait(10)

        async def wait() -> str:
            async with self.make(lambda _event: told.set()).hold("work", timeout=10):
                return "held"

        with ThreadPoolExecutor(max_workers=2) as pool:
            keeper = pool.submit(self.run, keep())
            assert held.wait(10)
            assert pool.submit(self.run, wait()).result() == "held"
            keeper.result()


class InADirectory:
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        self.directory = tmp_path / "promptvm"


class InMemory:
    @pytest.fixture(autouse=True)
    def place(self) -> None:
        self.store = MemoryStore()


class Blocking(LockContract):
    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_blocking(work)


class InALoop(LockContract):
    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def test_the_event_loop_goes_on_while_one_waits(self) -> None:
        async def flow() -> str:
            lock = self.make()
            released = asyncio.Event()

            async def hold_until_released() -> None:
                async with lock.hold("work", timeout=10):
                    await released.wait()

            async def wait() -> str:
                async with lock.hold("work", timeout=10):
                    return "held"

            holder = asyncio.create_task(hold_until_released())
            await asyncio.sleep(0)
            waiter = asyncio.create_task(wait())
            await asyncio.sleep(0.02)
            assert not waiter.done()
            released.set()
            await holder
            return await waiter

        assert self.run(flow()) == "held"

    def test_a_cancelled_holder_releases_and_a_cancelled_waiter_leaves_nothing_behind(self) -> None:
        async def flow() -> str:
            lock = self.make()

            async def hold() -> None:
                async with lock.hold("work", timeout=10):
                    await asyncio.Event().wait()

            holder, waiter = asyncio.create_task(hold()), asyncio.create_task(hold())
            await asyncio.sleep(0.02)
            for task in (waiter, holder):
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            async with lock.hold("work", timeout=0):
                return "held"

        assert self.run(flow()) == "held"


class TestBlockingFileLock(InADirectory, Telling, Blocking):
    def make(self, emit: Listener | None = None) -> Lock:
        return BlockingFileLock(self.directory, emit)


class TestAsyncFileLock(InADirectory, Telling, InALoop):
    def make(self, emit: Listener | None = None) -> Lock:
        return AsyncFileLock(self.directory, emit)


class TestBlockingMemoryLock(InMemory, Telling, Blocking):
    def make(self, emit: Listener | None = None) -> Lock:
        return BlockingMemoryLock(self.store.locks, emit)


class TestAsyncMemoryLock(InMemory, Telling, InALoop):
    def make(self, emit: Listener | None = None) -> Lock:
        return AsyncMemoryLock(self.store.locks, emit)


class Fake:
    @pytest.fixture(autouse=True)
    def place(self) -> None:
        self.lock = FakeLock()

    def make(self) -> Lock:
        return self.lock


class TestFakeLockWhenBlocking(Fake, Blocking):
    pass


class TestFakeLockWhenAsync(Fake, InALoop):
    pass
