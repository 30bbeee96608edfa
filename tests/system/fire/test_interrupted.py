"""Ctrl-C in a program that waits for the answer to a refresh: the answer is stored before the program ends."""

import signal
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import House


@pytest.mark.parametrize("way", ["blocking", "closing", "leaving", "in a bare loop"])
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_during_the_request_ends_the_program_when_the_answer_is_stored(
    house: "House", way: str, presses: int
) -> None:
    house.log_in_expired()
    house.auth.settings.latency = 0.3
    child = house.start("child_waits.py", way)
    assert child.hear() == "ready"

    def press() -> None:
        child.process.send_signal(signal.SIGINT)

    def press_often() -> None:
        for number in range(presses):
            threading.Timer(0.05 + 0.1 * number, press).start()

    house.on_request = press_often
    child.tell("go")

    assert child.process.wait(30) == 130
    assert house.refreshes == 1
    assert house.fields()["refresh_token"] == house.session.refresh_token


@pytest.mark.parametrize("way", ["in a thread", "in a loop in a thread"])
def test_ctrl_c_in_the_main_thread_lets_another_thread_store_the_answer(house: "House", way: str) -> None:
    house.log_in_expired()
    house.auth.settings.latency = 0.3
    child = house.start("child_waits.py", way)
    assert child.hear() == "ready"
    house.on_request = lambda: child.process.send_signal(signal.SIGINT)
    child.tell("go")

    assert child.process.wait(30) == 130
    assert house.refreshes == 1
    assert house.fields()["refresh_token"] == house.session.refresh_token
