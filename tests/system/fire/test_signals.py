"""SIGTERM, SIGHUP and Ctrl-C in a renewal and in a login, half of them sent by the server before it answers.

`FIRE=20` sends 100 of each to each kind of work.
"""

import os
import random
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, frozen

from .conftest import Approving

if TYPE_CHECKING:
    from promptvm_oauth.devserver.exchange import Reply

    from .conftest import Child, House

SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]
WAYS = ["", " in a loop"]
TASKS = ["renew", "code", "device"]


@frozen
class Signalling:
    """The server commits, then sends a signal to the client, then answers."""

    number: int
    pid: Callable[[], int]

    def strike(self, act: "Callable[[], Reply]") -> "Reply":
        reply = act()
        os.kill(self.pid(), self.number)
        return evolve(reply, delay=0.01)


class Trials:
    """Children that do a task, each with the login of the house, and what became of it."""

    def __init__(self, house: "House", task: str, way: str) -> None:
        self._house = house
        self._task = task
        self._way = way
        self._child: Child = house.start("child_signalled.py")
        self._pid = 0
        house.auth.settings.device_interval = 0
        house.log_in()

    def run(self, *, guarded: bool = True, sent_by_server: int | None = None, **order: Any) -> dict[str, Any]:
        """Let one child do the task; returns how it ended."""
        house, arguments = self._house, []
        if self._task == "code":
            arguments = list(house.begin_login())
        elif self._task == "device":
            house.auth.queue_fault("device_code", Approving(house.auth.approve_device))
        else:
            house.expire()
        if sent_by_server is not None:
            endpoint: Any = "device_token" if self._task == "device" else "token"
            house.auth.queue_fault(endpoint, Signalling(sent_by_server, lambda: self._pid))
        task = self._task + self._way
        self._pid = self._child.ask({"task": task, "arguments": arguments, "guarded": guarded, **order})
        ended: dict[str, Any] = self._child.ask("go")
        return ended

    def assert_login_is_kept(self) -> None:
        house = self._house
        assert house.fields()["refresh_token"] == house.session.refresh_token
        assert not house.auth.revoked_families


def endings(number: int) -> set[int]:
    return {128 + signal.SIGINT} if number == signal.SIGINT else {-number}


@pytest.fixture
def count(rounds: int) -> int:
    """How many signals of each kind are sent at each kind of moment: 2 unless more is asked for, or 50 of 100."""
    return 2 if rounds <= 2 else 5 * rounds // 2


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("task", TASKS)
def test_a_signal_that_the_server_sends_before_it_answers_takes_effect_when_the_answer_is_saved(
    house: "House", count: int, task: str, way: str, number: int
) -> None:
    trials = Trials(house, task, way)
    for _ in range(count):
        assert trials.run(sent_by_server=number)["exit"] in endings(number)
        trials.assert_login_is_kept()
    assert isinstance(house.next_run(), str)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("task", TASKS)
def test_a_signal_at_a_random_moment_loses_no_login(
    house: "House", count: int, task: str, way: str, number: int
) -> None:
    chance = random.Random(f"{task}{way}{number}")  # noqa: S311 (nothing secret)
    trials = Trials(house, task, way)
    undisturbed = trials.run()
    assert undisturbed["exit"] == 0
    over = {0, 131} if number == signal.SIGINT else {0}
    for _ in range(count):
        ended = trials.run(signal=number, after=chance.uniform(0, undisturbed["seconds"]))
        assert ended["exit"] in endings(number) | over
        trials.assert_login_is_kept()
    assert isinstance(house.next_run(), str)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("task", TASKS)
def test_without_the_guard_such_a_signal_loses_the_login(house: "House", task: str, number: int) -> None:
    trials = Trials(house, task, "")
    assert trials.run(guarded=False, sent_by_server=number)["exit"] in endings(number)
    assert house.fields()["refresh_token"] != house.session.refresh_token
