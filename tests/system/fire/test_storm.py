"""Any number of tasks, threads and processes on an expired token: one refresh."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import RefreshRejected
from promptvm_oauth.adapters.single_flight.tasks import TaskSingleFlight

if TYPE_CHECKING:
    from .conftest import Child, House

PROCESSES, THREADS, TASKS = 8, 4, 200
LATENCY = 0.1


@pytest.fixture
def expired(house: "House") -> "House":
    house.log_in_expired()
    house.auth.settings.latency = LATENCY
    return house


def start_all(house: "House", locking: str) -> "list[Child]":
    children = [house.start("child_storm.py", str(THREADS), locking) for _ in range(PROCESSES)]
    assert [child.hear() for child in children] == ["ready"] * PROCESSES
    return children


def strike(children: "list[Child]") -> list[str]:
    for child in children:
        child.tell("go")
    return [outcome for child in children for outcome in child.hear()]


async def ask_at_once(house: "House", tasks: int, **given: Any) -> list[str]:
    async with house.async_client(**given) as client:
        outcomes = await asyncio.gather(*(client.access_token() for _ in range(tasks)), return_exceptions=True)
    return [outcome if isinstance(outcome, str) else type(outcome).__name__ for outcome in outcomes]


def test_threads_of_many_processes_make_one_refresh(expired: "House", rounds: int) -> None:
    children = start_all(expired, "with locks")
    for turn in range(1, rounds + 1):
        expired.expire()
        outcomes = strike(children)
        assert outcomes == [expired.fields()["access_token"]] * PROCESSES * THREADS
        assert expired.refreshes == turn
    assert not expired.auth.revoked_families
    assert expired.next_run() == expired.fields()["access_token"]


def test_many_tasks_make_one_refresh(expired: "House", rounds: int) -> None:
    for turn in range(1, rounds + 1):
        expired.expire()
        outcomes = asyncio.run(ask_at_once(expired, TASKS))
        assert outcomes == [expired.fields()["access_token"]] * TASKS
        assert expired.refreshes == turn
    assert not expired.auth.revoked_families


def test_tasks_in_two_event_loops_and_a_process_make_one_refresh(expired: "House") -> None:
    child = expired.start("child_storm.py", str(THREADS), "with locks")
    assert child.hear() == "ready"

    async def both() -> list[list[str]]:
        elsewhere = asyncio.to_thread(lambda: asyncio.run(ask_at_once(expired, 20)))
        return list(await asyncio.gather(elsewhere, ask_at_once(expired, 20)))

    child.tell("go")
    one, other = asyncio.run(both())

    assert {*one, *other, *child.hear()} == {expired.fields()["access_token"]}
    assert expired.refreshes == 1


def test_without_the_locks_the_same_processes_lose_the_grant(expired: "House") -> None:
    strike(start_all(expired, "without locks"))
    assert expired.refreshes > 1
    assert len(expired.auth.revoked_families) == 1
    assert isinstance(expired.next_run(), RefreshRejected)


def test_without_the_locks_the_same_tasks_lose_the_grant(expired: "House", monkeypatch: pytest.MonkeyPatch) -> None:
    class NoLock:
        @asynccontextmanager
        async def hold(self, profile: str, *, timeout: float) -> AsyncGenerator[None]:
            yield

    def join_nobody(_flight: TaskSingleFlight, _key: str, work: Any) -> Coroutine[Any, Any, Any]:
        running: Coroutine[Any, Any, Any] = work()
        return running

    monkeypatch.setattr(TaskSingleFlight, "run_once", join_nobody)
    asyncio.run(ask_at_once(expired, 20, lock=NoLock()))
    assert expired.refreshes > 1
    assert len(expired.auth.revoked_families) == 1
    assert isinstance(expired.next_run(), RefreshRejected)


def test_processes_that_were_all_refused_with_the_same_token_force_one_refresh(house: "House") -> None:
    house.log_in()
    refused = house.fields()["access_token"]
    with house.client() as client:
        renewed = client.refresh_token(house.fields()["refresh_token"])
    assert renewed.refresh_token is not None
    # The stored token is not over by its clock, and the server no longer takes it.
    house.store.save("default", {**house.fields(), "refresh_token": renewed.refresh_token.reveal()})
    before = house.refreshes
    house.auth.settings.latency = LATENCY

    children = [house.start("child_refused.py") for _ in range(6)]
    assert [child.hear() for child in children] == [refused] * 6
    for child in children:
        child.tell("go")
    outcomes = [child.hear() for child in children]

    assert outcomes == [house.fields()["access_token"]] * 6
    assert house.refreshes == before + 1
    assert not house.auth.revoked_families
