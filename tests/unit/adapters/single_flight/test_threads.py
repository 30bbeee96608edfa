"""Single flight between threads."""

import asyncio
import gc
import os
import threading
import weakref
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from promptvm_oauth.adapters.single_flight.threads import ThreadSingleFlight
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.single_flight import Work

LONG = 10.0


class Landing:
    """What a flight brings home."""


class Job:
    """Work that is under way until it is let go."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.started = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.runs = 0
        self.error = error

    async def __call__(self) -> str:
        self.runs += 1
        self.started.release()
        assert self.let_go.wait(LONG)
        if self.error is not None:
            raise self.error
        return f"run {self.runs}"

    def await_start(self) -> None:
        assert self.started.acquire(timeout=LONG)


class Crew:
    """Threads that join a flight; `waiting` of them have come too late to do the work themselves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pool = ThreadPoolExecutor(max_workers=8)
        self.waiting = threading.Semaphore(0)
        seen: set[int] = set()
        wait = threading.Event.wait

        def counted(event: threading.Event, timeout: float | None = None) -> bool:
            if timeout == 0.2 and threading.get_ident() not in seen:
                seen.add(threading.get_ident())
                self.waiting.release()
            return wait(event, timeout)

        monkeypatch.setattr(threading.Event, "wait", counted)

    def join(self, flight: ThreadSingleFlight, work: Work[Any], key: str = "work") -> "Future[Any]":
        return self.pool.submit(run, flight.run_once(key, work))

    def await_waiting(self, count: int) -> None:
        for _ in range(count):
            assert self.waiting.acquire(timeout=LONG)


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Crew:
    return Crew(monkeypatch)


def run(flow: Coroutine[Any, Any, Any]) -> Any:
    return run_blocking(flow)


def test_threads_that_come_while_work_is_under_way_share_its_result(crew: Crew) -> None:
    flight, job = ThreadSingleFlight(), Job()
    leader = crew.join(flight, job)
    job.await_start()
    others = [crew.join(flight, job) for _ in range(3)]
    crew.await_waiting(3)
    job.let_go.set()
    assert [future.result(LONG) for future in [leader, *others]] == ["run 1"] * 4
    assert run(flight.run_once("work", job)) == "run 2"


def test_threads_that_wait_share_an_error_too(crew: Crew) -> None:
    flight, job = ThreadSingleFlight(), Job(LookupError("once"))
    leader = crew.join(flight, job)
    job.await_start()
    other = crew.join(flight, job)
    crew.await_waiting(1)
    job.let_go.set()
    assert leader.exception(LONG) is other.exception(LONG) is job.error
    assert job.runs == 1


def test_work_that_was_interrupted_is_taken_over_by_one_of_those_who_wait(crew: Crew) -> None:
    flight, interrupted, job = ThreadSingleFlight(), Job(KeyboardInterrupt()), Job()
    leader = crew.join(flight, interrupted)
    interrupted.await_start()
    others = [crew.join(flight, job) for _ in range(2)]
    crew.await_waiting(2)
    interrupted.let_go.set()
    job.await_start()
    job.let_go.set()
    assert isinstance(leader.exception(LONG), KeyboardInterrupt)
    assert [future.result(LONG) for future in others] in (["run 1"] * 2, ["run 1", "run 2"], ["run 2", "run 1"])


def test_another_key_is_not_waited_for(crew: Crew) -> None:
    flight, job, other = ThreadSingleFlight(), Job(), Job()
    leader = crew.join(flight, job)
    job.await_start()
    other.let_go.set()
    assert run(flight.run_once("home", other)) == "run 1"
    job.let_go.set()
    assert leader.result(LONG) == "run 1"


def test_one_who_asks_in_the_midst_of_the_work_does_not_wait_for_itself() -> None:
    flight = ThreadSingleFlight()

    async def inner() -> str:
        return "inner"

    async def outer() -> str:
        return f"outer and {await flight.run_once('work', inner)}"

    assert run(flight.run_once("work", outer)) == "outer and inner"
    assert run(flight.run_once("work", inner)) == "inner"


def test_a_forked_child_does_not_wait_for_threads_that_it_does_not_have(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight, job, mine = ThreadSingleFlight(), Job(), Job()
    leader = crew.join(flight, job)
    job.await_start()
    mine.let_go.set()
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: -1)
        assert run(flight.run_once("work", mine)) == "run 1"
    job.let_go.set()
    leader.result(LONG)


def test_nothing_is_kept_of_what_has_landed() -> None:
    flight = ThreadSingleFlight()

    async def bring() -> Landing:
        return Landing()

    landed = weakref.ref(run(flight.run_once("work", bring)))
    gc.collect()
    assert landed() is None


def test_a_thread_that_waited_long_enough_goes_on_and_close_waits_for_the_work(crew: Crew) -> None:
    flight, job = ThreadSingleFlight(), Job()
    assert crew.pool.submit(run, flight.run_within(0.01, "work", job)).result(LONG) is None
    assert flight.is_running("work")
    closing = crew.pool.submit(run, flight.close())
    assert not closing.done()
    job.let_go.set()
    closing.result(LONG)
    assert not flight.is_running("work")
    assert job.runs == 1


@pytest.mark.parametrize("error", [None, LookupError("its own"), TimeoutError("its own"), KeyboardInterrupt()])
def test_a_thread_that_waits_gets_what_the_work_returns_or_raises(crew: Crew, error: BaseException | None) -> None:
    job = Job(error)
    job.let_go.set()
    done = crew.pool.submit(run, ThreadSingleFlight().run_within(LONG, "work", job))
    assert done.exception(LONG) is error
    assert error or done.result() == "run 1"


def test_the_main_thread_runs_the_work_itself() -> None:
    async def work() -> threading.Thread:
        return threading.current_thread()

    assert run(ThreadSingleFlight().run_within(0, "work", work)) is threading.main_thread()


def test_where_no_thread_can_be_started_the_caller_runs_the_work_itself(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> int:
        return threading.get_ident()

    def whole() -> tuple[int, int]:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        return run(ThreadSingleFlight().run_within(0, "work", work)), threading.get_ident()

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    worked, asked = crew.pool.submit(whole).result(LONG)
    assert worked == asked


def test_work_that_waits_for_an_event_loop_is_an_error(crew: Crew) -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    done = crew.pool.submit(run, ThreadSingleFlight().run_within(LONG, "work", work))
    assert isinstance(done.exception(LONG), RuntimeError)


def test_the_work_itself_can_close_the_flight(crew: Crew) -> None:
    flight = ThreadSingleFlight()

    async def work() -> str:
        await flight.close()
        return "closed"

    assert crew.pool.submit(run, flight.run_within(LONG, "work", work)).result(LONG) == "closed"
