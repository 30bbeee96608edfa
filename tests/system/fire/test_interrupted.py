"""Ctrl-C in a program that waits for the answer to a refresh: the answer is stored before the program ends."""

import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from .conftest import PATIENCE, Approving

if TYPE_CHECKING:
    from collections.abc import Callable

    from promptvm_oauth.devserver.exchange import Reply

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


class Holding:
    """The server commits, and holds its answer back until the test releases it."""

    def __init__(self) -> None:
        self.committed = threading.Event()
        self.release = threading.Event()

    def strike(self, act: "Callable[[], Reply]") -> "Reply":
        reply = act()
        self.committed.set()
        self.release.wait(PATIENCE)
        return reply


@pytest.mark.parametrize("command", ["token", "login"])
def test_a_second_ctrl_c_says_what_is_finished_while_the_answer_is_still_awaited(house: "House", command: str) -> None:
    holding = Holding()
    house.auth.settings.device_interval = 0
    if command == "token":
        house.log_in_expired()
        house.auth.queue_fault("token", holding)
    else:
        house.auth.queue_fault("device_code", Approving(house.auth.approve_device))
        house.auth.queue_fault("device_token", holding)
    arguments = [command, "--store", "file", "--config-dir", str(house.directory), "--base-url", house.server.base_url]
    flow = ["--device", "--app-url", house.server.base_url] if command == "login" else []
    program = [sys.executable, "-m", "promptvm_oauth.cli", *arguments, *flow]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines: list[str] = []
        told = threading.Event()

        def read() -> None:
            assert process.stderr is not None
            for line in process.stderr:
                lines.append(line)
                if line.startswith("Finishing "):
                    told.set()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            assert holding.committed.wait(PATIENCE)
            for _ in range(int(PATIENCE / 0.1)):
                process.send_signal(signal.SIGINT)  # two that come at once are one to the system
                if told.wait(0.1):
                    break
        finally:
            holding.release.set()
        process.wait(PATIENCE)
        reader.join()

    work = "renewal" if command == "token" else "login"
    assert re.search(rf"^Finishing the {work} before stopping, up to [\d.]+ s\.$", "".join(lines), re.MULTILINE)
    assert process.returncode == 130
    assert house.fields()["refresh_token"] == house.session.refresh_token


def test_a_forked_child_has_the_handlers_of_before_and_its_signals_are_its_own(house: "House") -> None:
    child = house.start("child_forks.py")
    told = child.hear()

    assert told["in the parent"] == [False, False, False]
    assert told["in the child"] == [True, True, True]
    assert told["killed by SIGTERM"] == -signal.SIGTERM
    assert told["the parent got"] == "KeyboardInterrupt"
