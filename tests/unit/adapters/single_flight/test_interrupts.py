"""Signals during a unit of work: Ctrl-C is heard at once and raised at the end, what would end the process waits."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth.adapters.single_flight import interrupts
from promptvm_oauth.adapters.single_flight.held_signals import HeldSignals
from promptvm_oauth.adapters.single_flight.interrupts import Block, StandIn, current_hold, defer_interrupts

from .conftest import DEADLY

if TYPE_CHECKING:
    from .conftest import WatchThread

press = signal.raise_signal  # the tests replace it, so that the process lives on


@pytest.fixture
def raised() -> list[BaseException]:
    return []


@contextmanager
def deferred(raised: list[BaseException], delayed: Callable[[float], object] | None = None) -> Generator[Block]:
    """Defers interrupts, and catches what comes out of it in the end."""
    try:
        with defer_interrupts(delayed) as block:
            yield block
    except (KeyboardInterrupt, LookupError) as error:
        raised.append(error)


def fail(error: Exception) -> None:
    raise error


def is_default() -> bool:
    return [signal.getsignal(number) for number in (signal.SIGINT, *DEADLY)] == [
        signal.default_int_handler,
        signal.SIG_DFL,
        signal.SIG_DFL,
    ]


def test_ctrl_c_is_delivered_once_when_the_block_has_ended(raised: list[BaseException]) -> None:
    done: list[str] = []
    with deferred(raised):
        press(signal.SIGINT)
        press(signal.SIGINT)
        done.append("all of it")
        assert not raised
    assert done == ["all of it"]
    assert [type(error) for error in raised] == [KeyboardInterrupt]
    assert is_default()


@pytest.mark.parametrize("number", DEADLY)
def test_a_signal_that_ends_the_process_waits_for_the_block_and_then_ends_it(
    raised: list[BaseException], deaths: list[int], number: int
) -> None:
    with deferred(raised):
        press(number)
        press(number)
        assert not deaths
    assert deaths == [number]
    assert not raised
    assert is_default()


def test_the_first_of_two_deadly_signals_decides_and_ctrl_c_does_not_save_the_process(
    raised: list[BaseException], deaths: list[int]
) -> None:
    with deferred(raised):
        press(signal.SIGINT)
        press(signal.SIGHUP)
        press(signal.SIGTERM)
    assert deaths[0] == signal.SIGHUP


def test_without_a_signal_nothing_is_delivered_and_an_error_of_the_block_passes(
    raised: list[BaseException], deaths: list[int], watch: "WatchThread"
) -> None:
    with deferred(raised):
        fail(LookupError())
    assert [type(error) for error in raised] == [LookupError]
    assert not deaths
    assert not watch.starts
    assert is_default()
    assert current_hold() is None


@pytest.mark.parametrize("first_out", [0, 1])
def test_blocks_may_overlap_and_the_last_to_end_delivers(
    raised: list[BaseException], deaths: list[int], first_out: int
) -> None:
    blocks = [ExitStack(), ExitStack()]
    for block in blocks:
        block.enter_context(deferred(raised))
    press(signal.SIGINT)
    press(signal.SIGTERM)
    blocks[first_out].close()
    press(signal.SIGINT)
    assert not raised
    assert not deaths
    blocks[1 - first_out].close()
    assert deaths == [signal.SIGTERM]
    assert len(raised) == 1
    assert is_default()


@pytest.mark.parametrize("number", [signal.SIGINT, *DEADLY])
def test_an_ignored_signal_stays_ignored(raised: list[BaseException], deaths: list[int], number: int) -> None:
    signal.signal(number, signal.SIG_IGN)
    with deferred(raised):
        press(number)
        assert signal.getsignal(number) is signal.SIG_IGN
    assert not raised
    assert not deaths
    assert signal.getsignal(number) is signal.SIG_IGN


@pytest.mark.parametrize("number", [signal.SIGINT, *DEADLY])
def test_a_handler_that_was_set_meanwhile_stays(raised: list[BaseException], number: int) -> None:
    with deferred(raised):
        signal.signal(number, signal.SIG_IGN)
    assert signal.getsignal(number) is signal.SIG_IGN


@pytest.mark.parametrize("number", [signal.SIGINT, *DEADLY])
def test_a_handler_of_the_program_is_called_at_once_and_stays(
    raised: list[BaseException], deaths: list[int], watch: "WatchThread", number: int
) -> None:
    seen: list[int] = []

    def mine(number: int, _frame: FrameType | None) -> None:
        seen.append(number)

    signal.signal(number, mine)
    with deferred(raised):
        press(number)
        assert seen == [number]
        assert number == signal.SIGINT or signal.getsignal(number) is mine
    assert seen == [number]
    assert not raised
    assert not deaths
    assert not watch.starts
    assert signal.getsignal(number) is mine


def test_a_ctrl_c_that_would_end_the_process_waits_too(raised: list[BaseException], deaths: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with deferred(raised):
        press(signal.SIGINT)
        assert not deaths
    assert deaths == [signal.SIGINT]


def test_a_stand_in_that_the_program_kept_and_put_back_acts_as_what_it_stood_for(
    raised: list[BaseException], deaths: list[int]
) -> None:
    with deferred(raised):
        kept = [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *DEADLY)]
    assert all(isinstance(handler, StandIn) for handler in kept)
    for number, handler in zip((signal.SIGINT, *DEADLY), kept, strict=True):
        signal.signal(number, handler)
    with pytest.raises(KeyboardInterrupt):
        press(signal.SIGINT)
    press(signal.SIGTERM)
    assert deaths == [signal.SIGTERM]
    assert not raised


def test_a_stand_in_that_the_program_put_back_is_replaced_by_the_next_block(
    raised: list[BaseException], deaths: list[int]
) -> None:
    with deferred(raised):
        kept = [signal.getsignal(number) for number in (signal.SIGINT, *DEADLY)]
    for number, handler in zip((signal.SIGINT, *DEADLY), kept, strict=True):
        signal.signal(number, handler)
    with deferred(raised):
        press(signal.SIGINT)
        press(signal.SIGTERM)
        assert not deaths
    assert [type(error) for error in raised] == [KeyboardInterrupt]
    assert deaths == [signal.SIGTERM]
    assert is_default()


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the deadline of each block have come."""
    monkeypatch.setattr(interrupts, "HTTP_EXCHANGE", -1.0)


@pytest.mark.parametrize("presses", [1, 2, 3])
def test_a_further_ctrl_c_is_answered_for_every_block_and_a_first_one_is_not(
    raised: list[BaseException], deaths: list[int], watch: "WatchThread", presses: int
) -> None:
    told: list[str] = []
    with (
        deferred(raised, lambda seconds: told.append(f"renewal {0 < seconds <= 30}")),
        deferred(raised, lambda seconds: told.append(f"login {0 < seconds <= 30}")),
        deferred(raised),
    ):
        hold = current_hold()
        assert hold is not None
        for _ in range(presses):
            press(signal.SIGINT)
        press(signal.SIGTERM)
        press(signal.SIGTERM)
        hold.signals.stop()  # type: ignore[union-attr]  # so that the thread has an end before the blocks have
        watch.run()
    assert told == ["renewal True", "login True"] * (presses - 1)
    assert deaths == [signal.SIGTERM]


def test_a_second_ctrl_c_is_answered_where_the_first_one_only_cancels(
    raised: list[BaseException], watch: "WatchThread", no_time: None
) -> None:
    """As that of `asyncio.run` does."""
    presses: list[int] = []
    told: list[float] = []

    def cancel_first(number: int, _frame: FrameType | None) -> None:
        presses.append(number)
        if len(presses) > 1:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, cancel_first)
    with deferred(raised, told.append):
        press(signal.SIGINT)
        assert not watch.starts
        press(signal.SIGINT)
        watch.run()
    assert told == [0.0]
    assert len(raised) == 1


def test_the_wait_ends_when_the_longest_block_was_given_its_time(
    raised: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([100.0, 107.0])
    monkeypatch.setattr(interrupts, "monotonic", lambda: next(now))
    deadlines: list[float] = []

    class Signals(HeldSignals):
        def __init__(self, deadline: float, *rest: Any) -> None:
            deadlines.append(deadline)
            super().__init__(deadline, *rest)

    monkeypatch.setattr(interrupts, "HeldSignals", Signals)
    with deferred(raised), deferred(raised):
        press(signal.SIGINT)
        press(signal.SIGINT)
    assert deadlines == [137.0]


def test_at_the_deadline_ctrl_c_interrupts_the_work(
    raised: list[BaseException], watch: "WatchThread", no_time: None
) -> None:
    done: list[str] = []
    with deferred(raised) as block:
        press(signal.SIGINT)
        try:
            watch.run()
            done.append("what the signal was to prevent")
        finally:
            assert block.expired
            assert is_default()
    assert not done
    assert [type(error) for error in raised] == [KeyboardInterrupt]


def test_the_deadline_calls_no_handler_of_the_program_again(
    raised: list[BaseException], watch: "WatchThread", no_time: None
) -> None:
    seen: list[int] = []

    def mine(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        raise LookupError

    signal.signal(signal.SIGINT, mine)
    with deferred(raised):
        press(signal.SIGINT)
        watch.run()
        fail(AssertionError("the work was not interrupted"))
    assert seen == [signal.SIGINT]
    assert [type(error) for error in raised] == [LookupError]


@pytest.mark.parametrize("number", DEADLY)
def test_at_the_deadline_a_deadly_signal_ends_the_process(
    raised: list[BaseException], deaths: list[int], watch: "WatchThread", no_time: None, number: int
) -> None:
    with deferred(raised):
        press(number)
        watch.run()
        assert deaths == [number]
    assert deaths == [number]


def test_a_deadline_that_comes_too_late_does_nothing(
    raised: list[BaseException], deaths: list[int], watch: "WatchThread", no_time: None
) -> None:
    with deferred(raised):
        press(signal.SIGTERM)
    watch.run()
    assert deaths == [signal.SIGTERM]


def test_the_deadline_leaves_a_handler_alone_that_was_set_meanwhile(
    raised: list[BaseException], watch: "WatchThread", no_time: None
) -> None:
    seen: list[int] = []
    with deferred(raised):
        press(signal.SIGINT)
        signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
        watch.run()
    assert not seen
    assert len(raised) == 1


def test_it_is_known_whether_a_signal_waits_and_told_when_it_does_no_longer(raised: list[BaseException]) -> None:
    over: list[str] = []
    with deferred(raised):
        hold = current_hold()
        assert hold is not None
        waiting = [hold.signals is not None]
        press(signal.SIGINT)
        waiting.append(hold.signals is not None)
        assert waiting == [False, True]
        hold.when_over.append(lambda: over.append("over"))
        assert not over
    assert over == ["over"]
    assert current_hold() is None


def test_other_threads_leave_signals_alone(raised: list[BaseException]) -> None:
    seen: list[bool] = []

    def work() -> None:
        with deferred(raised):
            seen.append(is_default())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]


def test_an_interpreter_that_cannot_handle_signals_does_the_work_all_the_same(
    raised: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_number: int, _handler: object) -> None:
        raise ValueError("signal only works in main thread of the main interpreter")

    with monkeypatch.context() as patched:
        patched.setattr(signal, "signal", refuse)
        with deferred(raised):
            press(signal.SIGINT)
            fail(AssertionError("it was held back"))
    assert [type(error) for error in raised] == [KeyboardInterrupt]
    assert is_default()


def test_what_the_handler_of_another_signal_raises_at_the_start_leaves_nothing_behind(
    raised: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    install = signal.signal
    calls: list[int] = []

    def alarmed(number: int, handler: Any) -> Any:
        calls.append(number)
        if len(calls) == 2:
            raise TimeoutError
        return install(number, handler)

    with monkeypatch.context() as patched:
        patched.setattr(signal, "signal", alarmed)
        with pytest.raises(TimeoutError), deferred(raised):
            fail(AssertionError("it did not begin"))
    assert is_default()
    assert current_hold() is None
