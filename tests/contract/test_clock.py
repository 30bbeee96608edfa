"""Every clock keeps the contract."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from promptvm_oauth.adapters.system.clock import AsyncClock, BlockingClock
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.clock import Clock
from promptvm_oauth.testing.clock import FakeClock
from promptvm_oauth.testing.clock_contract import ClockContract

T = TypeVar("T")


class TestBlockingClock(ClockContract):
    def make(self) -> Clock:
        return BlockingClock()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_blocking(work)


class TestAsyncClock(ClockContract):
    def make(self) -> Clock:
        return AsyncClock()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


class TestFakeClockWhenBlocking(ClockContract):
    def make(self) -> Clock:
        return FakeClock()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_blocking(work)


class TestFakeClockWhenAsync(TestFakeClockWhenBlocking):
    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)
