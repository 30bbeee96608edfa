"""The signals that wait: what is told about them, and the end of the wait, without the thread that does it."""

import signal
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth.adapters.single_flight import held_signals
from promptvm_oauth.adapters.single_flight.held_signals import HeldSignals

if TYPE_CHECKING:
    from .conftest import WatchThread


def held(seconds: float, *delayed: Callable[[float], object]) -> HeldSignals:
    return HeldSignals(monotonic() + seconds, lambda: delayed, lambda _number: True)


def test_each_further_ctrl_c_is_told_to_everybody_with_the_seconds_that_are_left(watch: "WatchThread") -> None:
    told: list[float] = []
    signals = held(1000, told.append, told.append)
    signals.add(signal.SIGINT, KeyboardInterrupt(), again=False)
    signals.add(signal.SIGINT, KeyboardInterrupt(), again=True)
    signals.add(signal.SIGINT, KeyboardInterrupt(), again=True)
    signals.stop()
    watch.run()
    assert len(told) == 4
    assert all(0 < seconds <= 1000 for seconds in told)
    assert not signals.is_due


@pytest.mark.parametrize("again", [True, False])
def test_at_the_deadline_the_signal_is_sent_again(watch: "WatchThread", again: bool) -> None:
    arrived: list[int] = []
    told: list[float] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: arrived.append(number))
    signals = held(-1, told.append)
    signals.add(signal.SIGTERM, None, again=again)
    watch.run()
    assert signals.is_due
    assert arrived == [signal.SIGTERM]
    assert told == ([0.0] if again else [])


def test_a_system_without_a_thread_left_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_run: object, _arguments: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(held_signals, "start_new_thread", refuse)
    told: list[float] = []
    signals = held(1000, told.append)
    signals.add(signal.SIGINT, None, again=True)
    signals.stop()
    assert not told


def test_only_a_signal_whose_default_action_is_due_ends_the_process(deaths: list[int]) -> None:
    signals = held(1000)
    signals.add(signal.SIGINT, KeyboardInterrupt(), again=False)
    signals.end_process()
    assert not deaths
    signals.add(signal.SIGHUP, None, again=False)
    signals.add(signal.SIGTERM, None, again=False)
    signals.end_process()
    assert deaths == [signal.SIGHUP]
