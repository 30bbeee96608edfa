"""A call that has no deadline gets one."""

from threading import Event, current_thread, main_thread

import pytest
from promptvm_oauth.adapters.system import deadline
from promptvm_oauth.adapters.system.deadline import DeadlineExceeded, call_within


def test_the_result_of_the_call_is_given() -> None:
    assert call_within(5, lambda: 42) == 42


def test_a_result_of_none_is_given_too() -> None:
    assert call_within(5, lambda: None) is None


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_whatever_the_call_raises_is_raised_in_the_caller(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        call_within(5, fail)
    assert raised.value is error


def test_a_call_that_hangs_is_left_in_a_thread_that_does_not_hold_up_the_exit() -> None:
    threads = [main_thread()]
    release = Event()

    def hang() -> None:
        threads.append(current_thread())
        release.wait()

    with pytest.raises(DeadlineExceeded, match=r"within 0\.05 s"):
        call_within(0.05, hang)
    assert threads[-1].daemon
    release.set()
    threads[-1].join(5)
    assert not threads[-1].is_alive()


def test_abandoning_is_for_a_call_that_has_not_ended() -> None:
    abandoned: list[str] = []
    call_within(5, lambda: None, abandon=lambda: abandoned.append("ended"))
    release = Event()

    def abandon() -> None:
        abandoned.append("hanging")
        release.set()

    with pytest.raises(DeadlineExceeded):
        call_within(0.05, release.wait, abandon=abandon)
    assert abandoned == ["hanging"]


def test_an_interrupt_during_the_wait_abandons_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise KeyboardInterrupt

    monkeypatch.setattr(deadline, "Event", Interrupted)
    abandoned = Event()
    with pytest.raises(KeyboardInterrupt):
        call_within(5, lambda: None, abandon=abandoned.set)
    assert abandoned.is_set()
