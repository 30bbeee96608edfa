from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import (
    AccessDenied,
    AsyncOAuthClient,
    ConfigurationError,
    DeviceCodeExpired,
    NothingToShowCode,
    OAuthClient,
    OAuthError,
    TransportError,
    log_listener,
)
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer, Cut, Drop
from promptvm_oauth.ports.events import (
    DeviceCodeIssued,
    LoginFailed,
    LoginPlanned,
    PollingSlowed,
    ProblemNoticed,
    Retrying,
    Waiting,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig


def polls(rig: "Rig") -> list[float]:
    """Returns the time between the issue of the code and each poll."""
    (issued,) = (entry.time for entry in rig.server.log if entry.endpoint == "device_code")
    return [entry.time - issued for entry in rig.server.log if entry.endpoint == "device_token"]


def test_a_device_login_shows_the_code_and_stores_the_tokens(rig: "Rig") -> None:
    result = rig.call("login", "remote", flow="device")

    assert (result.profile, result.flow) == ("remote", "device")
    assert rig.heard() == ["LoginPlanned", "DeviceCodeIssued", "Waiting", "LoggedIn"]
    assert rig.fields("remote")["access_token"].startswith("pvm_at_")
    assert rig.browser.opened == []


def test_the_first_poll_waits_for_the_interval(rig: "Rig") -> None:
    rig.call("login", flow="device")

    assert polls(rig) == [5.0]


def test_slow_down_adds_five_seconds_for_good(rig: "Rig") -> None:
    rig.server.settings.slow_downs = 3
    rig.call("login", flow="device")

    assert polls(rig) == [5.0, 15.0, 30.0, 50.0]
    assert [event.interval for event in rig.events if isinstance(event, PollingSlowed)] == [10.0, 15.0, 20.0]


def test_endless_pending_stops_at_the_deadline_without_another_request(rig: "Rig") -> None:
    rig.on_code = lambda _: None
    rig.server.settings.device_code_lifetime = 60

    with pytest.raises(DeviceCodeExpired):
        rig.call("login", flow="device")

    assert polls(rig) == [5.0 * turn for turn in range(1, 11)] + [59.0]


def test_without_a_time_out_a_code_is_polled_for_as_long_as_it_is_valid(rig: "Rig") -> None:
    rig.on_code = lambda _: None
    rig.server.settings.device_code_lifetime = 1800

    with pytest.raises(DeviceCodeExpired):
        rig.call("login", flow="device")

    assert max(polls(rig)) == 1799.0
    assert [event.seconds for event in rig.events if isinstance(event, Waiting)] == [1800.0]


def test_an_outage_of_the_server_ends_as_unreachable_and_not_as_nobody_approved(rig: "Rig") -> None:
    rig.server.settings.device_code_lifetime = 60
    rig.on_code = lambda _: rig.server.queue_fault("device_token", *[Drop()] * 20)

    with pytest.raises(TransportError, match="could not be asked whether the login was approved") as caught:
        rig.call("login", flow="device")

    assert "not approved in time" not in str(caught.value)
    assert polls(rig) == [5.0, 15.0, 35.0, 59.0]
    assert "for the last 54 s" in str(caught.value)


def test_the_pause_that_is_announced_is_the_pause_that_is_made(rig: "Rig") -> None:
    rig.server.settings.device_code_lifetime = 60
    rig.on_code = lambda _: rig.server.queue_fault("device_token", *[Drop()] * 20)

    with pytest.raises(TransportError):
        rig.call("login", flow="device")

    times = polls(rig)
    made = [later - sooner for sooner, later in pairwise(times)]
    assert [event.seconds for event in rig.events if isinstance(event, Retrying)] == made == [10.0, 20.0, 24.0]


def test_html_between_two_polls_is_weather_until_the_deadline(rig: "Rig") -> None:
    page = b"<html>blocked by the gateway</html>"
    rig.server.queue_fault("device_token", *[Answer(status, page) for status in (200, 302, 403, 404)])
    rig.call("login", flow="device")

    assert polls(rig) == [5.0, 15.0, 35.0, 75.0, 135.0]


def test_a_time_out_before_the_first_poll_is_refused_before_a_code_is_shown(rig: "Rig") -> None:
    with pytest.raises(ConfigurationError, match=r"a time-out of 5 s is too short: .* first time 5 s after"):
        rig.call("login", flow="device", timeout=5)

    assert [type(event) for event in rig.events] == [LoginPlanned, LoginFailed]
    assert polls(rig) == []


def test_a_lost_poll_is_followed_by_a_doubled_pause_and_the_login_goes_on(rig: "Rig") -> None:
    rig.server.queue_fault("device_token", Drop(), Drop(), Drop())
    rig.call("login", flow="device")

    assert polls(rig) == [5.0, 15.0, 35.0, 75.0]
    assert [event.seconds for event in rig.events if isinstance(event, Retrying)] == [10.0, 20.0, 40.0]


def test_a_busy_server_is_waited_for(rig: "Rig") -> None:
    rig.server.queue_fault(
        "device_token",
        Answer(502, b"<html>bad gateway</html>"),
        Answer(429, {"error": "rate_limited"}),
        Answer(503, b"", {"Retry-After": "45"}),
    )
    rig.call("login", flow="device")

    assert polls(rig) == [5.0, 15.0, 35.0, 80.0]


def test_an_approval_that_was_cut_short_ends_the_login(rig: "Rig") -> None:
    rig.server.queue_fault("device_token", Cut())

    with pytest.raises(TransportError, match="log in again"):
        rig.call("login", flow="device")

    assert len(polls(rig)) == 1
    assert not rig.fields()


def test_an_unknown_error_ends_the_login(rig: "Rig") -> None:
    rig.server.queue_fault("device_token", Answer(400, {}))

    with pytest.raises(OAuthError):
        rig.call("login", flow="device")

    assert len(polls(rig)) == 1


def test_a_person_who_denies_ends_the_login(rig: "Rig") -> None:
    rig.on_code = rig.server.deny_device

    with pytest.raises(AccessDenied):
        rig.call("login", flow="device")

    assert not rig.fields()


def test_a_machine_that_slept_finds_one_clear_error_and_sends_nothing(rig: "Rig") -> None:
    rig.on_code = lambda _: rig.clock.suspend(7200)

    with pytest.raises(DeviceCodeExpired):
        rig.call("login", flow="device")

    assert polls(rig) == []


def test_the_callers_time_out_ends_the_polling_as_well(rig: "Rig") -> None:
    rig.on_code = lambda _: None

    with pytest.raises(DeviceCodeExpired):
        rig.call("login", flow="device", timeout=12)

    assert polls(rig) == [5.0, 11.0]


def test_without_anybody_to_show_the_code_to_nothing_is_asked_of_the_server(rig: "Rig") -> None:
    with pytest.raises(NothingToShowCode):
        rig.call("login", client=rig.make(on_event=None), flow="device")

    assert rig.server.log == ()


def test_a_log_alone_shows_the_code_to_nobody(rig: "Rig") -> None:
    client = OAuthClient if rig.colour == "blocking" else AsyncOAuthClient
    ports = rig.ports()
    ports["on_event"] = log_listener()
    with pytest.raises(NothingToShowCode):
        rig.call("login", client=client(**ports), flow="device")

    assert rig.server.log == ()


def test_headless_surroundings_choose_the_device_flow(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTVM_HEADLESS", "1")

    assert rig.call("login").flow == "device"


def test_the_event_of_a_code_shows_it_to_a_listener_and_not_in_its_repr(rig: "Rig") -> None:
    rig.call("login", flow="device")

    (issued,) = (event for event in rig.events if isinstance(event, DeviceCodeIssued))
    assert issued.user_code
    assert issued.user_code not in repr(issued)
    assert issued.openable


def test_a_login_says_at_which_server_it_is_and_records_no_more_than_the_server_says(rig: "Rig") -> None:
    granted = {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "scope": "less"}
    rig.server.queue_fault("device_token", Answer(200, granted))
    result = rig.call("login", flow="device", scope="read write")

    assert result.base_url == rig.server.base_url
    assert (result.user, result.organization, result.scope) == (None, None, "less")
    recorded = rig.profiles.load("default") or {}
    assert not any(recorded.get(name) for name in ("organization", "user_id", "user_email"))
    assert not [event for event in rig.events if isinstance(event, ProblemNoticed)]  # no scope was requested there


def test_a_store_is_tried_with_fields_like_those_of_a_login(rig: "Rig") -> None:
    class Rehearsed(MemoryStore):
        def rehearse(self, profile: str, fields: "Mapping[str, str]") -> None:
            tried.append(set(fields))

    tried: list[set[str]] = []
    rig.call("begin_login", redirect_uri="http://127.0.0.1:8000/callback", client=rig.make(secrets=Rehearsed()))

    assert tried == [{"access_token", "refresh_token"}]
