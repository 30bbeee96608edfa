"""32 callers beside a program that renews the same login without a lock, as the Go tool does: no 'log in again'.

`FIRE=20` runs 20 rounds for each store and each delay of the server.
"""

import re
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen
from promptvm_oauth.ports.timeouts import (
    DAMAGE_FIRST_PAUSE,
    DAMAGE_LAST_PAUSE,
    DAMAGE_SECOND_PAUSE,
    SECOND_LOOKS,
)

from ..keychain.conftest import keychain  # noqa: F401 # pyright: ignore[reportUnusedImport] # a fixture

if TYPE_CHECKING:
    from .conftest import House

WAYS = ["threads", "threads", "tasks", "tasks"]
CALLERS = 8
LONG_AGO = {"granted_at": "2001-01-01T00:00:00Z", "expires_at": "2001-01-01T01:00:00Z"}
DAMAGED_FOR = DAMAGE_FIRST_PAUSE + DAMAGE_SECOND_PAUSE + DAMAGE_LAST_PAUSE
TRIES = 5
ENOUGH = 40
LATENCIES = (0.0, 0.03)
HEAD_START = 0.2
LATER = (0.01, 0.0, 0.03, 0.005, 0.06)
"""By how many seconds the other program starts later than the callers, who have more to do before their request."""
PAUSES = (0.2, 0.0)
"""How many seconds it lets pass between the server's answer and its first write."""


@frozen
class Round:
    """What became of a round.

    Attributes:
        errors: those of the callers.
        late: whether the other program took longer for its writes than callers wait for it.
        fresh_spent: how many refreshes of the callers were made in place of a token that had just been renewed.
    """

    errors: list[Any]
    late: bool
    fresh_spent: int

    @property
    def is_good(self) -> bool:
        return not self.errors and self.fresh_spent == 0


class Storm:
    """Callers in some processes, and the program without a lock, at a login that is over again and again."""

    def __init__(self, house: "House", looks: str) -> None:
        self.house = house
        self.figures: Counter[str] = Counter()
        house.auth.settings.reuse_detection = False  # no client can keep a login that two refreshes would end
        house.log_in()
        self._callers = [house.start("child_beside.py", house.secrets, way, str(CALLERS), looks) for way in WAYS]
        self._writer = house.start("child_go_tool.py", house.secrets)
        self._all = [*self._callers, self._writer]
        assert [child.hear() for child in self._all] == ["ready"] * len(self._all)

    def run(self, turn: int) -> Round:
        """Let all of them find an expired token."""
        self._renew_alone(turn)
        self._expire()
        expired = self.house.fields()["refresh_token"]
        sent, granted = self.house.refreshes, self.house.auth.answered_refreshes
        start = time.time() + HEAD_START
        for child in self._callers:
            child.tell(start)
        self._writer.tell((start + LATER[turn % len(LATER)], PAUSES[turn // 2 % len(PAUSES)]))
        outcomes = [outcome for child in self._callers for outcome in child.hear()]
        writer = self._writer.hear()
        assert len(outcomes) == len(WAYS) * CALLERS
        sent, granted = self.house.refreshes - sent, self.house.auth.answered_refreshes - granted
        renewed = writer["outcome"] == "renewed"
        result = Round(
            [outcome for outcome in outcomes if not isinstance(outcome, str)],
            late=writer["took"] > SECOND_LOOKS or writer["open"] > DAMAGED_FOR,
            fresh_spent=granted - renewed - (writer["spent"] != expired),
        )
        self.figures.update(["rounds", f"the other program: {writer['outcome']}"])
        self.figures.update({"refreshes sent": sent, "refreshes granted": granted, "late writers": result.late})
        self.figures.update({"errors": len(result.errors), "fresh pairs spent": result.fresh_spent})
        return result

    def check_that_the_login_lives(self) -> None:
        assert len(self.house.auth.live_sessions) == 1
        assert self.house.next_run() == self.house.session.access_token

    def tell_figures(self) -> None:
        sys.stdout.write(f"{self.house.secrets}, {self.house.auth.settings.latency:g} s: {dict(self.figures)}\n")
        self.figures.clear()

    def _renew_alone(self, turn: int) -> None:
        """Let the pair that is about to expire be one that this library wrote, or the other program."""
        self._expire()
        if turn & 1:
            assert self._writer.ask((0, 0))["outcome"] == "renewed"
        else:
            assert self.house.next_run() == self.house.session.access_token

    def _expire(self) -> None:
        house, fields = self.house, self.house.fields()
        house.store.save("default", fields | {name: text for name, text in LONG_AGO.items() if name in fields})
        path = house.profile_file()
        path.write_text(
            re.sub(r"^expires_at: .*$", f"expires_at: {LONG_AGO['expires_at']}", path.read_text(), flags=re.MULTILINE)
        )


@pytest.fixture(params=["file", "keyring"])
def shared(house: "House", request: pytest.FixtureRequest) -> "House":
    if request.param == "keyring":
        request.getfixturevalue("keychain")
        house.keep_in_keychain()
    return house


def test_beside_a_program_without_a_lock_no_caller_has_to_log_in_again(shared: "House", rounds: int) -> None:
    storm = Storm(shared, "looks again")
    for latency in LATENCIES:
        shared.auth.settings.latency = latency
        counted = 0
        for turn in range(TRIES * rounds):
            became = storm.run(turn)
            storm.check_that_the_login_lives()
            assert became.is_good or became.late, became
            counted += became.is_good
            if counted == rounds:
                break
        storm.tell_figures()
        if not counted:
            pytest.skip("this machine is too busy: the program without a lock was never in time")


def test_without_a_second_look_some_caller_is_told_to_log_in_again(shared: "House") -> None:
    storm = Storm(shared, "one look")
    shared.auth.settings.latency = LATENCIES[-1]
    for turn in range(ENOUGH):
        errors = storm.run(turn).errors
        storm.check_that_the_login_lives()
        if any(error["needs_login"] for error in errors):
            return
    storm.tell_figures()
    pytest.fail("the callers need no second look")
