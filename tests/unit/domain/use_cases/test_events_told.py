"""Each event with all that it says, told at its moment."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from attrs import asdict
from promptvm_oauth import StoreFailed, TokensNotSaved
from promptvm_oauth.devserver.faults import Answer, Drop
from promptvm_oauth.ports.events import (
    DeviceCodeIssued,
    Event,
    LoggedIn,
    LoggedOut,
    LoginPlanned,
    PollingSlowed,
    ProfileActivated,
    Refreshed,
    Retrying,
    Waiting,
)
from promptvm_oauth.testing import MemoryStore

if TYPE_CHECKING:
    from .conftest import Rig


def told(rig: "Rig", kind: type[Event]) -> list[dict[str, Any]]:
    return [asdict(event) for event in rig.events if type(event) is kind]


def test_a_login_tells_who_signed_in_how_and_where_it_is_kept(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    (event,) = told(rig, LoggedIn)
    assert event == {"profile": "work", "user": "ada@example.com", "flow": "browser", "store": "memory"}
    assert told(rig, Waiting) == [{"profile": "work", "seconds": 300.0}]


def test_a_login_tells_its_plan_before_anything_is_opened(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    assert rig.heard()[0] == "LoginPlanned"
    assert told(rig, LoginPlanned) == [
        {
            "profile": "work",
            "flow": "browser",
            "reason": "you chose it",
            "place": "",
            "chosen": False,
            "opens": True,
            "offers": ("browser", "device", "paste"),
            "replaces": "",
            "product": "PromptVM",
        }
    ]


def test_a_plan_without_a_browser_opens_none(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser", open_browser=False)
    rig.call("login", "work", flow="device")
    assert [event["opens"] for event in told(rig, LoginPlanned)] == [False, False]


def test_a_login_over_another_one_tells_whose_it_replaces(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.call("login", "work", flow="device")
    rig.call("login", "other", flow="device")
    assert [event["replaces"] for event in told(rig, LoginPlanned)] == ["", "ada@example.com", ""]


def test_a_login_after_a_logout_replaces_nobody(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.call("logout", "work", revoke=False)
    rig.call("login", "work", flow="browser")
    assert [event["replaces"] for event in told(rig, LoginPlanned)] == ["", ""]


def test_a_login_tells_that_its_profile_is_the_active_one_instead_of_another(rig: "Rig") -> None:
    for name in ("work", "work", "play"):
        rig.call("login", name, flow="browser")
    assert told(rig, ProfileActivated) == [{"profile": "play", "before": "work"}]


def test_a_refresh_tells_when_the_new_token_expires(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.clock.advance(1000)
    rig.call("refresh", "work")
    assert told(rig, Refreshed) == [{"profile": "work", "expires_at": rig.clock.now() + 3600}]


@pytest.mark.parametrize("revoke", [True, False])
def test_a_logout_tells_whether_the_server_ended_the_session(rig: "Rig", revoke: bool) -> None:
    rig.call("login", "work", flow="browser")
    rig.call("logout", "work", revoke=revoke)
    assert told(rig, LoggedOut) == [{"profile": "work", "revoked": revoke}]


def test_a_device_login_tells_the_code_and_every_change_of_pace(rig: "Rig") -> None:
    approve = rig.on_code
    rig.ignore()
    codes: list[str] = []

    def later(event: Event) -> None:
        if isinstance(event, DeviceCodeIssued):
            codes.append(event.user_code)
        if isinstance(event, Retrying):
            approve(codes[0])

    slow_down = Answer(400, {"error": "slow_down"})
    rig.server.queue_fault("device_token", Answer(400, {"error": "authorization_pending"}), slow_down, Answer(503, {}))
    rig.call("login", "work", flow="device", client=rig.make(**rig.ports(on_event=later)))

    (issued,) = told(rig, DeviceCodeIssued)
    assert (issued["profile"], issued["openable"], issued["expires_in"]) == ("work", True, 600.0)
    assert issued["verification_uri_complete"].startswith(issued["verification_uri"])
    assert told(rig, PollingSlowed) == [{"profile": "work", "interval": 10.0}]
    (retrying,) = told(rig, Retrying)
    assert (retrying["profile"], retrying["reason"]) == ("work", "the server is busy")
    assert retrying["seconds"] >= 10.0


PENDING, SLOW_DOWN = Answer(400, {"error": "authorization_pending"}), Answer(400, {"error": "slow_down"})


@pytest.mark.parametrize(
    ("answers", "heard"),
    [
        ((Drop(), Drop(), PENDING, PENDING), ["Retrying", "Retrying", "Recovered"]),
        ((Drop(), SLOW_DOWN), ["Retrying", "Recovered", "PollingSlowed"]),
        ((Answer(503, {}), PENDING, Drop(), PENDING), ["Retrying", "Recovered", "Retrying", "Recovered"]),
        ((PENDING, SLOW_DOWN), ["PollingSlowed"]),
    ],
)
def test_the_end_of_an_outage_is_told_once(rig: "Rig", answers: "tuple[Answer | Drop, ...]", heard: list[str]) -> None:
    rig.server.queue_fault("device_token", *answers)
    rig.call("login", flow="device")
    told_between = rig.heard()[rig.heard().index("Waiting") + 1 : -1]
    assert told_between == heard


def test_a_failed_request_tells_whether_something_answered(rig: "Rig") -> None:
    rig.server.queue_fault("device_token", Drop(), Answer(503, {}))
    rig.call("login", flow="device")
    assert [event["answered"] for event in told(rig, Retrying)] == [False, True]


def test_a_login_that_cannot_be_stored_leaves_the_earlier_one_whoever_signed_in(rig: "Rig") -> None:
    class Full(MemoryStore):
        full = False

        def save(self, profile: str, fields: Mapping[str, str]) -> None:
            if self.full:
                raise StoreFailed("no space left", store=self.name)
            super().save(profile, fields)

    store = Full()
    rig.call("login", "work", flow="browser", client=rig.make(secrets=store))
    store.full = True
    with pytest.raises(TokensNotSaved):
        rig.call("login", "work", flow="browser", client=rig.make(secrets=store))
    assert store.load("work") is not None  # the same user: the old login may still work

    granted = {"access_token": "a2", "refresh_token": "r2", "token_type": "Bearer", "user": {"id": "someone-else"}}
    rig.server.queue_fault("token", Answer(200, granted))
    with pytest.raises(TokensNotSaved):
        rig.call("login", "work", flow="browser", client=rig.make(secrets=store))
    assert store.load("work") is not None
    assert (rig.profiles.load("work") or {})["user_id"] == "usr_dev"


def test_a_login_whose_user_the_server_does_not_name_says_so_and_where_it_is_kept_and_why(rig: "Rig") -> None:
    granted = {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 60}
    rig.server.queue_fault("token", Answer(200, granted))
    result = rig.call("login", "work", flow="browser")
    (event,) = told(rig, LoggedIn)
    assert event["user"] == ""
    assert (result.store, result.reason) == ("memory", "you chose it")
    status = rig.call("status", "work")
    assert (status.store, status.store_reason, status.user) == ("memory", "you chose it", None)


def test_a_refresh_without_a_lifetime_takes_the_expiry_out_of_the_profile(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    assert "expires_at" in (rig.profiles.load("work") or {})
    rig.server.queue_fault("token", Answer(200, {"access_token": "a2", "token_type": "Bearer", "scope": "more"}))
    rig.call("refresh", "work")
    recorded = rig.profiles.load("work") or {}
    assert "expires_at" not in recorded
    assert "scope" not in recorded
    assert rig.fields("work")["access_token"] == "a2"
