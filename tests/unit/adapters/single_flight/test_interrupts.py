"""Ctrl-C during a unit of work: heard at once, raised at the end."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from promptvm_oauth.adapters.single_flight.interrupts import defer_interrupts


@pytest.fixture(autouse=True)
def default_ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def raised() -> list[BaseException]:
    return []


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def is_default() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_is_delivered_once_when_the_block_has_ended(raised: list[BaseException]) -> None:
    done: list[str] = []
    with defer_interrupts(raised.append):
        press()
        press()
        done.append("all of it")
        assert not raised
    assert done == ["all of it"]
    assert [type(error) for error in raised] == [KeyboardInterrupt]
    assert is_default()


def test_without_ctrl_c_nothing_is_delivered_and_an_error_of_the_block_passes(raised: list[BaseException]) -> None:
    with pytest.raises(LookupError), defer_interrupts(raised.append):
        raise LookupError
    assert not raised
    assert is_default()


@pytest.mark.parametrize("first_out", [0, 1])
def test_blocks_may_overlap_and_the_last_to_end_delivers(raised: list[BaseException], first_out: int) -> None:
    blocks = [ExitStack(), ExitStack()]
    for block in blocks:
        block.enter_context(defer_interrupts(raised.append))
    press()
    blocks[first_out].close()
    press()
    assert not raised
    blocks[1 - first_out].close()
    assert len(raised) == 1
    assert is_default()


def test_a_handler_that_was_set_meanwhile_stays(raised: list[BaseException]) -> None:
    with defer_interrupts(raised.append):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_an_ignored_ctrl_c_stays_ignored(raised: list[BaseException]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with defer_interrupts(raised.append):
        press()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert not raised


def test_other_threads_leave_signals_alone(raised: list[BaseException]) -> None:
    seen: list[bool] = []

    def work() -> None:
        with defer_interrupts(raised.append):
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

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(signal, "signal", refuse)
        with defer_interrupts(raised.append):
            press()
    assert not raised
    assert is_default()
