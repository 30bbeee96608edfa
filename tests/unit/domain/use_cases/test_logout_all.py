"""A logout of every profile: all tokens are removed first, then all sessions are ended, and each result is told."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import ProfileError, State, StoreFailed
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Drop
from promptvm_oauth.ports.events import ProblemNoticed

from .test_logout_order import LIVES_ON, Watched

if TYPE_CHECKING:
    from promptvm_oauth.ports.http import HttpRequest

    from .conftest import Rig


def sign_in(rig: "Rig", *names: str) -> None:
    for name in names:
        rig.call("login", name, flow="browser")


def test_every_login_is_removed_before_any_session_is_ended(rig: "Rig") -> None:
    sign_in(rig, "home", "work")
    left: list[bool] = []

    def look(_: "HttpRequest") -> None:
        left.append(any(rig.fields(name) for name in ("home", "work")))

    results = rig.call("logout_all", client=rig.make(http=Watched(rig, look)))

    assert [(each.profile, each.removed, each.revoked, each.error) for each in results] == [
        ("home", True, True, None),
        ("work", True, True, None),
    ]
    assert left
    assert not any(left)
    assert not rig.server.auth.live_sessions
    assert rig.profiles.active() == ""
    assert rig.call("status", "home").state is State.SIGNED_OUT


def test_what_is_no_login_is_passed_over_and_keys_are_kept(rig: "Rig") -> None:
    sign_in(rig, "work")
    rig.profiles.save("keys", {"public_key": "pk_1", "secret_key": "sk_1", "base_url": rig.server.base_url})
    rig.profiles.save("empty", {"base_url": rig.server.base_url})

    assert [each.profile for each in rig.call("logout_all")] == ["work"]
    assert (rig.profiles.load("keys") or {})["secret_key"] == "sk_1"
    assert rig.call("logout_all") == ()


def test_sessions_can_be_left_at_their_servers(rig: "Rig") -> None:
    sign_in(rig, "home", "work")

    results = rig.call("logout_all", revoke=False)

    assert {each.reason for each in results} == {"you chose to keep it"}
    assert len(rig.server.auth.live_sessions) == 2


def test_each_session_is_ended_at_the_server_that_its_profile_records(rig: "Rig") -> None:
    sign_in(rig, "work")
    elsewhere = rig.make(base_url="https://api.elsewhere.test", app_url="https://app.elsewhere.test")

    (result,) = rig.call("logout_all", client=elsewhere)

    assert result.revoked


def test_one_that_fails_stops_no_other(rig: "Rig") -> None:
    class Stuck(MemoryStore):
        def delete(self, profile: str) -> None:
            if profile == "home":
                raise StoreFailed("the keychain is gone", store="stuck")
            super().delete(profile)

    client = rig.make(secrets=Stuck())
    for name in ("away", "home", "work"):
        rig.call("login", name, flow="browser", client=client)
    rig.server.queue_fault("sessions", Drop())

    away, home, work = rig.call("logout_all", client=client)

    assert (away.removed, away.revoked, away.error) == (True, False, None)
    assert (home.removed, home.revoked) == (False, True)
    assert isinstance(home.error, StoreFailed)
    assert (work.removed, work.revoked, work.error) == (True, True, None)


def test_a_profile_that_cannot_be_read_loses_its_tokens_and_says_so(rig: "Rig") -> None:
    class Damaged(MemoryProfiles):
        broken = False

        def load(self, name: str) -> Mapping[str, str] | None:
            if self.broken and name == "home":
                raise ProfileError("home.yaml is no YAML")
            return super().load(name)

    profiles = Damaged()
    client = rig.make(profiles=profiles)
    for name in ("home", "work"):
        rig.call("login", name, flow="browser", client=client)
    profiles.broken = True

    home, work = rig.call("logout_all", client=client)

    assert (home.removed, home.revoked, home.reason) == (True, False, "home.yaml is no YAML")
    assert isinstance(home.error, ProfileError)
    assert work.revoked
    assert not rig.fields("home")


def test_an_interrupt_is_told_for_each_login_whose_session_may_live_on(rig: "Rig") -> None:
    sign_in(rig, "away", "home", "work")
    asked: list[str] = []

    def interrupted(request: "HttpRequest") -> None:
        asked.append(request.method)
        if len(asked) == 3:  # a list and an end for the first one
            raise KeyboardInterrupt

    rig.events.clear()
    with pytest.raises(KeyboardInterrupt):
        rig.call("logout_all", client=rig.make(http=Watched(rig, interrupted)))

    told = [(event.profile, event.problem) for event in rig.events if isinstance(event, ProblemNoticed)]
    assert told == [("home", LIVES_ON), ("work", LIVES_ON)]
    assert not any(rig.fields(name) for name in ("away", "home", "work"))


@pytest.mark.parametrize(("count", "seconds"), [(1, 30.0), (3, 10.0), (7, 5.0)])
def test_the_sessions_share_the_time_and_each_gets_enough(rig: "Rig", count: int, seconds: float) -> None:
    sign_in(rig, *(f"p{index}" for index in range(count)))
    allowed: list[float] = []

    rig.call("logout_all", client=rig.make(http=Watched(rig, lambda request: allowed.append(request.timeout))))

    assert allowed == [seconds] * (2 * count)
