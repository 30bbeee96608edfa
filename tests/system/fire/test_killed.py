"""SIGKILL at every step of a login and of a refresh, and at random moments."""

import json
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Child, House

    Order = Callable[[House], dict[str, Any]]


def as_first_login(house: "House") -> dict[str, Any]:
    return {"task": "sign_in", "arguments": house.begin_login()}


def as_next_login(house: "House") -> dict[str, Any]:
    house.log_in()
    return {"task": "sign_in", "arguments": house.begin_login()}


def as_login_of_somebody_else(house: "House") -> dict[str, Any]:
    settings, user = house.auth.settings, house.auth.settings.user
    settings.user = evolve(user, id="usr_other", email="grace@example.com")
    house.log_in()
    settings.user = user
    return {"task": "sign_in", "arguments": house.begin_login()}


def as_refresh(house: "House") -> dict[str, Any]:
    house.log_in_expired()
    return {"task": "renew"}


def as_refresh_in_an_event_loop(house: "House") -> dict[str, Any]:
    house.log_in_expired()
    return {"task": "renew_async"}


@pytest.fixture
def nursery(house: "House") -> "Child":
    child = house.start("child_steps.py")
    assert child.hear() == "ready"
    return child


def steps_of(house: "House", nursery: "Child", tmp_path: Path, order: "Order") -> list[str]:
    """Run a task undisturbed, and give its steps."""
    house.move_to(tmp_path / "undisturbed")
    done = nursery.ask({**order(house), "directory": str(house.directory)})
    assert done["exit"] == 0, done["told"]
    steps: list[str] = json.loads(done["told"])
    return steps


def assert_works_or_is_reported(house: "House") -> bool:
    """Nothing is corrupt, the next run works or is told to log in again, and a login then helps."""
    house.store.load("default")
    YamlProfiles(house.directory).load("default")
    outcome = house.next_run()
    if isinstance(outcome, str):
        return True
    assert outcome.needs_login, outcome
    house.log_in()
    assert isinstance(house.next_run(), str)
    return False


def step_of(name: str, steps: list[str]) -> int:
    return steps.index(name.removeprefix("after ")) + name.startswith("after ")


@pytest.mark.parametrize(
    ("order", "lost"),
    [
        # Nobody was signed in before.
        (as_first_login, ("request", "replace default.enc")),
        (as_next_login, ()),
        (as_login_of_somebody_else, ()),
        # Documented: the server has voided the old tokens, and nobody else has the new ones.
        (as_refresh, ("answer", "replace default.enc")),
        (as_refresh_in_an_event_loop, ("answer", "replace default.enc")),
    ],
)
def test_killed_before_any_step_the_login_works_or_is_honestly_reported(
    house: "House", nursery: "Child", tmp_path: Path, order: "Order", lost: tuple[str, ...]
) -> None:
    steps = steps_of(house, nursery, tmp_path, order)
    kept: list[int] = []
    for number in range(len(steps)):
        house.move_to(tmp_path / f"killed-{number}")
        done = nursery.ask({**order(house), "directory": str(house.directory), "at": number, "signal": signal.SIGKILL})
        assert done == {"exit": -signal.SIGKILL, "told": ""}
        if assert_works_or_is_reported(house):
            kept.append(number)

    lossy = range(step_of(lost[0], steps), step_of(lost[1], steps) + 1) if lost else ()
    assert kept == [number for number in range(len(steps)) if number not in lossy], steps


@pytest.mark.parametrize("step", ["rest of write", "fsync", "replace default.enc"])
def test_a_logout_removes_what_a_killed_writer_left_behind(
    house: "House", nursery: "Child", tmp_path: Path, step: str
) -> None:
    number = steps_of(house, nursery, tmp_path, as_refresh).index(step)
    house.move_to(tmp_path / "killed")
    nursery.ask({**as_refresh(house), "directory": str(house.directory), "at": number, "signal": signal.SIGKILL})
    tokens = house.directory / "tokens"
    assert [path for path in tokens.iterdir() if path.suffix == ".tmp"]
    with house.client() as client:
        client.delete_tokens("default")
    assert sorted(path.name for path in tokens.iterdir()) == [".master", "default.lock"]


@pytest.mark.parametrize("order", [as_refresh, as_refresh_in_an_event_loop, as_next_login, as_login_of_somebody_else])
def test_ctrl_c_before_any_step_of_a_refresh_or_a_login_keeps_the_login(
    house: "House", nursery: "Child", tmp_path: Path, order: "Order"
) -> None:
    steps = steps_of(house, nursery, tmp_path, order)
    for number, step in enumerate(steps):
        house.move_to(tmp_path / f"interrupted-{number}")
        done = nursery.ask({**order(house), "directory": str(house.directory), "at": number, "signal": signal.SIGINT})
        assert done == {"exit": 128 + signal.SIGINT, "told": ""}, step
        assert house.session.refresh_token == house.fields()["refresh_token"], step
        assert isinstance(house.next_run(), str), step
    assert not house.auth.revoked_families


def test_killed_at_random_moments_nothing_is_corrupt_and_each_loss_is_an_unsaved_answer(
    house: "House", nursery: "Child", rounds: int
) -> None:
    chance = random.Random(84)  # noqa: S311 (nothing secret)
    house.log_in()
    for _ in range(25 * rounds):
        before = house.auth.answered_refreshes
        order = {"task": "renew_for_ever", "directory": str(house.directory), "after": chance.uniform(0.0, 0.04)}
        done = nursery.ask(order)
        assert done["exit"] == -signal.SIGKILL, done["told"]
        house.settle()
        answered, told = house.auth.answered_refreshes - before, done["told"].count(".")
        saved = house.session.refresh_token == house.fields()["refresh_token"]
        assert told <= answered <= told + 1
        assert saved or answered == told + 1
        assert assert_works_or_is_reported(house) == saved
