"""Single flight between tasks, and work that nothing outside cancels."""

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest
from promptvm_oauth.adapters.single_flight import tasks as module
from promptvm_oauth.adapters.single_flight.tasks import TaskSingleFlight


class Job:
    """Work that is under way until it is let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.let_go = asyncio.Event()
        self.started = asyncio.Event()
        self.runs = 0
        self.error = error

    async def __call__(self) -> str:
        self.runs += 1
        self.started.set()
        await self.let_go.wait()
        if self.error is not None:
            raise self.error
        return f"run {self.runs}"


def test_two_hundred_tasks_share_one_run() -> None:
    async def main() -> None:
        flight, job = TaskSingleFlight(), Job()
        tasks = [asyncio.ensure_future(flight.run_once("work", job)) for _ in range(200)]
        await job.started.wait()
        job.let_go.set()
        assert await asyncio.gather(*tasks) == ["run 1"] * 200
        assert await flight.run_once("work", job) == "run 2"

    asyncio.run(main())


def test_tasks_share_an_error_too() -> None:
    async def main() -> None:
        flight, job = TaskSingleFlight(), Job(LookupError("once"))
        tasks = [asyncio.ensure_future(flight.run_once("work", job)) for _ in range(3)]
        await job.started.wait()
        job.let_go.set()
        assert await asyncio.gather(*tasks, return_exceptions=True) == [job.error] * 3

    asyncio.run(main())


def test_an_error_that_nobody_waited_for_is_not_reported_by_the_loop() -> None:
    reports: list[dict[str, object]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, report: reports.append(report))
        flight, job = TaskSingleFlight(), Job(LookupError("unheard"))
        caller = asyncio.ensure_future(flight.run_once("work", job))
        await job.started.wait()
        caller.cancel()
        await asyncio.wait([caller])
        job.let_go.set()
        await flight.close()
        gc.collect()

    asyncio.run(main())
    gc.collect()
    assert not reports


def test_each_event_loop_does_its_own_work() -> None:
    flight = TaskSingleFlight()

    async def work() -> int:
        return id(asyncio.get_running_loop())

    async def main() -> bool:
        return await flight.run_once("work", work) == id(asyncio.get_running_loop())

    assert asyncio.run(main())
    assert asyncio.run(main())


def test_work_that_a_closed_loop_left_behind_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def same(_loop: object) -> int:
        return 1  # as a new loop in the place of an old one has

    monkeypatch.setattr(module, "id", same, raising=False)
    flight = TaskSingleFlight()

    async def anew() -> str:
        return "anew"

    loop = asyncio.new_event_loop()
    job = Job()
    left_behind = loop.create_task(flight.run_once("work", job))
    loop.run_until_complete(job.started.wait())
    tasks = asyncio.all_tasks(loop)

    try:
        assert asyncio.run(flight.run_once("work", anew)) == "anew"
    finally:
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks))
        loop.close()
    assert left_behind.cancelled()


def test_closing_waits_for_work_under_way_and_leaving_the_wait_does_not_end_the_work() -> None:
    async def main() -> None:
        flight, job = TaskSingleFlight(), Job()
        caller = asyncio.ensure_future(flight.run_once("work", job))
        await job.started.wait()
        impatient, patient = asyncio.ensure_future(flight.close()), asyncio.ensure_future(flight.close())
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.wait([impatient])
        assert not patient.done()
        job.let_go.set()
        await patient
        assert await caller == "run 1"

    asyncio.run(main())


def test_what_must_be_finished_is_finished_before_a_cancellation_takes_effect() -> None:
    async def main() -> None:
        flight, job = TaskSingleFlight(), Job()
        caller = asyncio.ensure_future(flight.uninterrupted(job))
        await job.started.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not caller.done()
        job.let_go.set()
        await asyncio.wait([caller])
        assert caller.cancelled()

    asyncio.run(main())


async def with_a_time_out() -> None:
    async with asyncio.timeout(0):
        await asyncio.Event().wait()


async def with_a_task_that_has_one() -> None:
    await asyncio.create_task(with_a_time_out())


async def cancelled_by_its_own_callback() -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().call_soon(task.cancel)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise TimeoutError from None


@pytest.mark.parametrize("work", [with_a_time_out, with_a_task_that_has_one, cancelled_by_its_own_callback])
def test_its_own_time_outs_still_end_it(work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await work()

    async def main() -> None:
        await TaskSingleFlight().uninterrupted(run)

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_a_task_that_waited_long_enough_goes_on_and_close_waits_for_the_work() -> None:
    async def main() -> None:
        flight, job = TaskSingleFlight(), Job()
        assert await flight.run_within(0.01, "work", job) is None
        assert flight.is_running("work")
        closing = asyncio.ensure_future(flight.close())
        await asyncio.sleep(0)
        assert not closing.done()
        job.let_go.set()
        await closing
        assert not flight.is_running("work")
        assert await flight.run_within(10, "work", job) == "run 2"

    asyncio.run(main())


def test_a_task_that_waits_gets_the_error_of_the_work() -> None:
    async def main() -> None:
        flight, job = TaskSingleFlight(), Job(LookupError("its own"))
        job.let_go.set()
        with pytest.raises(LookupError):
            await flight.run_within(10, "work", job)

    asyncio.run(main())
