"""Known faults that a test puts back: the simulation finds each of them, or it would find nothing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth.adapters.single_flight.threads import ThreadSingleFlight

from .simulated.exploration import Exploration
from .simulated.scenario import Caller, Login, Scenario, ask

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from promptvm_oauth.domain.use_cases.client_ports import OnlinePorts
    from promptvm_oauth.ports.lock import Lock
    from promptvm_oauth.ports.single_flight import Delayed, Work

    from .simulated.ports import Change

pytestmark = pytest.mark.usefixtures("own_signals")

ADA = (Login("work", "ada", "file"),)


class NoLock:
    """A lock that locks nothing."""

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def held() -> AsyncGenerator[None]:
            yield

        return held()


class KeptLock:
    """A lock that is never released."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._held: list[object] = []

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def held() -> AsyncGenerator[None]:
            holding = self._lock.hold(profile, timeout=timeout)
            await holding.__aenter__()
            self._held.append(holding)
            yield

        return held()


class Unguarded(ThreadSingleFlight):
    """A single flight whose work is interrupted."""

    async def uninterrupted(self, work: Work[Any], delayed: Delayed | None = None) -> Any:
        return await work()


def without_lock(online: OnlinePorts) -> OnlinePorts:
    return online._replace(lock=NoLock())


def with_kept_lock(online: OnlinePorts) -> OnlinePorts:
    return online._replace(lock=KeptLock(online.lock))


def without_guard(online: OnlinePorts) -> OnlinePorts:
    return online._replace(single_flight=Unguarded())


def two_callers(change: Change | None, *, faults: int = 0) -> Scenario:
    callers = tuple(Caller(name, "file", (ask,), change=change) for name in ("first", "second"))
    return Scenario("a control", ADA, callers, faults=faults, store="file")


def violated(scenario: Scenario) -> set[str]:
    exploration = Exploration(scenario)
    found = exploration.run_all()
    exploration.close()
    return {*found.violations}


@pytest.mark.parametrize("faults", [0, 1])
def test_without_a_fault_that_is_put_back_nothing_is_found(faults: int) -> None:
    assert violated(two_callers(None, faults=faults)) == set()


def test_without_a_lock_a_refresh_token_is_presented_twice_and_the_login_is_lost() -> None:
    assert violated(two_callers(without_lock)) >= {"twice", "lost"}


def test_a_lock_that_is_never_released_is_found() -> None:
    assert violated(two_callers(with_kept_lock)) >= {"stuck"}


def test_without_a_guard_an_interrupt_loses_the_login() -> None:
    assert violated(two_callers(without_guard, faults=1)) >= {"lost"}
