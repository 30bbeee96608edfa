"""Known faults that a test puts back: the simulation finds each of them, or it would find nothing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth.adapters.single_flight.threads import ThreadSingleFlight
from promptvm_oauth.domain.binding import Binding
from promptvm_oauth.domain.stores import pair_choice
from promptvm_oauth.domain.use_cases import stored_pair

from .simulated.exploration import Exploration
from .simulated.other_client import OtherClient
from .simulated.scenario import Caller, Login, Scenario, ask, sign_in_as_eve

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
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


def beside_the_other_client() -> Scenario:
    callers = (Caller("first", "file", (ask,)), OtherClient("other", "file"))
    return Scenario("a control", ADA, callers, faults=0, store="file", revokes_families=False)


def test_without_a_second_look_a_login_that_lives_is_told_to_be_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert violated(beside_the_other_client()) == set()

    monkeypatch.setattr(stored_pair, "pauses_from_now", lambda: iter(()))

    assert violated(beside_the_other_client()) >= {"alive"}


def a_sign_in_beside_a_renewal() -> Scenario:
    callers = (Caller("first", "file", (ask, ask)), Caller("eve", "file", (sign_in_as_eve,)))
    return Scenario("a control", ADA, callers, faults=1, preemptions=1, store="file")


def unbound(fields: Mapping[str, str]) -> None:
    """Returns no binding, as if a store dropped it."""


def test_without_a_binding_the_login_of_another_user_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    assert violated(a_sign_in_beside_a_renewal()) == set()

    monkeypatch.setattr(Binding, "read", staticmethod(unbound))

    assert violated(a_sign_in_beside_a_renewal()) & {"lost", "alive"}


def a_keychain_that_fails() -> Scenario:
    callers = tuple(Caller(name, "auto", (ask, ask)) for name in ("first", "second"))
    return Scenario("a control", (Login("work", "ada", "keychain"),), callers, faults=2, preemptions=0, store="auto")


def digest_of_another(fields: Mapping[str, str]) -> str:
    return "another"


def test_a_mark_without_a_digest_presents_a_spent_refresh_token(monkeypatch: pytest.MonkeyPatch) -> None:
    assert violated(a_keychain_that_fails()) == set()

    monkeypatch.setattr(pair_choice, "digest_of", digest_of_another)

    assert violated(a_keychain_that_fails()) & {"twice", "lost", "alive"}
