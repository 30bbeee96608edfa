"""Every lock keeps the contract, in both colours."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from promptvm_oauth.adapters.locks.file import AsyncFileLock, BlockingFileLock
from promptvm_oauth.adapters.locks.memory import AsyncMemoryLock, BlockingMemoryLock
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.lock import Lock
from promptvm_oauth.testing.lock import FakeLock
from promptvm_oauth.testing.lock_contract import LockContract

T = TypeVar("T")


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


class TestBlockingFileLock(InADirectory, Blocking):
    def make(self) -> Lock:
        return BlockingFileLock(self.directory)


class TestAsyncFileLock(InADirectory, InALoop):
    def make(self) -> Lock:
        return AsyncFileLock(self.directory)


class TestBlockingMemoryLock(InMemory, Blocking):
    def make(self) -> Lock:
        return BlockingMemoryLock(self.store.locks)


class TestAsyncMemoryLock(InMemory, InALoop):
    def make(self) -> Lock:
        return AsyncMemoryLock(self.store.locks)


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
