"""Work that nothing outside cancels, and the signals that wait for it in an event loop."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth.adapters.single_flight import interrupts
from promptvm_oauth.adapters.single_flight.tasks import TaskSingleFlight

if TYPE_CHECKING:
    from .conftest import WatchThread

press = signal.raise_signal  # the tests replace it, so that the process lives on


def working(done: list[str], *acts: Callable[[], object]) -> Callable[[], Coroutine[Any, Any, str]]:
    """Returns work that acts, breathes, and is done."""

    async def work() -> str:
        for act in acts:
            act()
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        done.append("done")
        return "result"

    return work


def test_ctrl_c_is_raised_in_the_loop_when_the_work_is_done() -> None:
    done: list[str] = []

    async def main() -> None:
        await TaskSingleFlight().uninterrupted(working(done, *[partial(press, signal.SIGINT)] * 2))
        await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert done == ["done"]


@pytest.mark.parametrize("hops", range(4))
@pytest.mark.parametrize("presses", [1, 2, 3])
def test_ctrl_c_ends_asyncio_run_however_soon_the_main_task_ends(hops: int, presses: int) -> None:
    done: list[str] = []

    async def main() -> None:
        try:
            await TaskSingleFlight().uninterrupted(working(done, *[partial(press, signal.SIGINT)] * presses))
        finally:
            for _ in range(hops):
                await asyncio.sleep(0)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert done == ["done"]


def test_ctrl_c_is_not_lost_where_the_main_task_swallows_the_cancellation() -> None:
    done: list[str] = []

    async def main() -> None:
        try:
            await TaskSingleFlight().uninterrupted(working(done, *[partial(press, signal.SIGINT)] * 2))
        except asyncio.CancelledError:
            done.append("swallowed")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert done == ["done"]


def test_a_second_ctrl_c_is_told_in_the_loop_while_the_work_goes_on(watch: "WatchThread") -> None:
    done: list[Any] = []

    async def main() -> None:
        loop_thread = threading.get_ident()

        def told(seconds: float) -> None:
            done.append((0 < seconds <= 30, threading.get_ident() == loop_thread))

        def let_the_watch_run() -> None:
            hold = interrupts.current_hold()
            assert hold is not None
            assert hold.signals is not None
            hold.signals.stop()  # so that it has an end before the work has
            watch.run()

        press_it = partial(press, signal.SIGINT)
        await TaskSingleFlight().uninterrupted(working(done, press_it, press_it, let_the_watch_run), told)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert done == [(True, True), "done"]


def test_telling_a_closed_loop_does_nothing() -> None:
    tells: list[Callable[[float], object]] = []
    done: list[Any] = []

    async def main() -> None:
        def keep() -> None:
            hold = interrupts.current_hold()
            assert hold is not None
            tells.extend(block.delayed for block in hold.blocks if block.delayed is not None)

        await TaskSingleFlight().uninterrupted(working(done, keep), done.append)

    asyncio.run(main())
    (tell,) = tells
    tell(28.4)
    assert done == ["done"]


def test_a_handler_of_the_loop_stays_and_is_called_at_once() -> None:
    done: list[str] = []
    loop_handlers: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, done.append, "SIGTERM")
        loop.add_signal_handler(signal.SIGINT, done.append, "SIGINT")
        before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        acts = [partial(press, signal.SIGTERM), partial(press, signal.SIGINT)]
        work = working(done, *acts, *[lambda: None] * 5)
        assert await TaskSingleFlight().uninterrupted(work) == "result"
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
        loop_handlers.extend([loop.remove_signal_handler(signal.SIGTERM), loop.remove_signal_handler(signal.SIGINT)])

    asyncio.run(main())
    assert sorted(done[:2]) == ["SIGINT", "SIGTERM"]
    assert done[2:] == ["done"]
    assert loop_handlers == [True, True]


async def awaiting(work: Callable[[], Coroutine[Any, Any, None]], watch: "WatchThread") -> None:
    asyncio.get_running_loop().call_later(0, watch.run)
    await TaskSingleFlight().uninterrupted(work)


async def leaving(work: Callable[[], Coroutine[Any, Any, None]], watch: "WatchThread") -> None:
    tasks = {asyncio.ensure_future(TaskSingleFlight().uninterrupted(work))}
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    watch.run()
    assert not tasks, "the loop was not interrupted"


@pytest.mark.parametrize("way", [awaiting, leaving])
def test_work_that_a_signal_waited_for_until_the_deadline_can_be_cancelled(
    monkeypatch: pytest.MonkeyPatch, watch: "WatchThread", way: Callable[..., Coroutine[Any, Any, None]]
) -> None:
    monkeypatch.setattr(interrupts, "HTTP_EXCHANGE", -1.0)

    async def endless() -> None:
        press(signal.SIGINT)
        await asyncio.Event().wait()

    loop = asyncio.new_event_loop()  # as programs do that never heard of `asyncio.run`
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(way(endless, watch))
        tasks = asyncio.all_tasks(loop)
        assert tasks
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        assert all(task.cancelled() for task in tasks)
    finally:
        loop.close()


@pytest.mark.parametrize("ending", ["the process", "nothing"])
def test_no_work_begins_while_a_signal_waits_but_for_that_which_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    done: list[str] = []
    deaths: list[int] = []

    class DeathError(BaseException):
        pass

    def die(number: int) -> None:
        deaths.append(number)
        if ending == "the process":
            raise DeathError

    monkeypatch.setattr(signal, "raise_signal", die)
    flight = TaskSingleFlight()

    async def main() -> None:
        caller = asyncio.ensure_future(flight.uninterrupted(first))
        await started.wait()
        late = asyncio.ensure_future(flight.uninterrupted(working(done, lambda: done.append("late work"))))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not done
        go_on.set()
        await caller
        await late

    started, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        press(signal.SIGTERM)
        started.set()
        await go_on.wait()
        await flight.uninterrupted(working(done))

    if ending == "the process":
        with pytest.raises(DeathError):
            asyncio.run(main())
        assert done == ["done"]
    else:
        asyncio.run(main())
        assert done == ["done", "late work", "done"]
    assert deaths == [signal.SIGTERM]
