"""The person's authorised devices: seeing them and ending one."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import (
    ConfigurationError,
    InvalidResponse,
    NoTokensError,
    OAuthError,
    ServerUnavailable,
    TransportError,
)
from promptvm_oauth.devserver.faults import Answer, Drop

if TYPE_CHECKING:
    from .conftest import Rig

ENTRY = {"id": "s1", "deviceName": "laptop", "accessTokenPrefix": "pvm_at_12345", "environment": "live"}


def test_every_login_of_the_person_is_listed(rig: "Rig") -> None:
    rig.call("login", "home", flow="browser", device_name="laptop")
    rig.call("login", "work", flow="device", device_name="server")

    sessions = rig.call("sessions")

    assert {session.device_name for session in sessions} == {"laptop", "server"}
    (own,) = (s for s in sessions if rig.fields("work")["access_token"].startswith(s.access_token_prefix))
    assert own.device_name == "server"
    assert own.environment == "live"
    assert own.created_at.startswith("20")
    assert own.expires_at > own.created_at


def test_a_session_that_was_revoked_is_gone_and_its_tokens_are_dead(rig: "Rig") -> None:
    rig.call("login", "home", flow="browser", device_name="laptop")
    rig.call("login", "work", flow="browser", device_name="server")
    (laptop,) = (session for session in rig.call("sessions") if session.device_name == "laptop")

    assert rig.call("revoke_session", laptop.id) is None

    assert [session.device_name for session in rig.call("sessions")] == ["server"]
    with pytest.raises(OAuthError) as caught:
        rig.call("refresh", "home")
    assert caught.value.needs_login


def test_revoking_what_is_gone_already_is_no_error(rig: "Rig") -> None:
    rig.call("login", flow="browser")

    assert rig.call("revoke_session", "sess_long_gone") is None


def test_a_named_profile_asks_with_its_own_token(rig: "Rig") -> None:
    rig.call("login", "home", flow="browser")
    rig.call("login", "work", flow="browser")
    rig.store.delete("work")

    assert len(rig.call("sessions", "home")) == 2
    with pytest.raises(NoTokensError):
        rig.call("sessions")


def test_an_expired_token_is_renewed_first_and_a_revoked_one_after_the_401(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(3600)
    assert len(rig.call("sessions")) == 1

    rig.server.queue_fault("sessions", Answer(401, {"error": "invalid_token"}))
    assert len(rig.call("sessions")) == 1
    assert rig.server.count("token", grant_type="refresh_token") == 2


def test_what_the_server_does_not_say_is_empty(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.server.queue_fault("sessions", Answer(200, b'[{"id": "s1", "deviceName": null, "unknown": [1]}, {}, null, 7]'))

    (session,) = rig.call("sessions")

    assert (session.id, session.device_name, session.last_used_at) == ("s1", "", "")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Drop(), TransportError),
        (Answer(503, b"busy"), ServerUnavailable),
        (Answer(403, {"error": "insufficient_scope"}), OAuthError),
        (Answer(200, {"sessions": []}), InvalidResponse),
        (Answer(200, b"[" * 100_000), InvalidResponse),
    ],
    ids=["lost", "busy", "forbidden", "an object", "nested without end"],
)
@pytest.mark.parametrize("method", ["sessions", "revoke_session"])
def test_a_server_that_cannot_answer_is_an_error(
    rig: "Rig", method: str, fault: Drop | Answer, error: type[Exception]
) -> None:
    rig.call("login", flow="browser")
    rig.server.queue_fault("sessions", fault)

    if method == "revoke_session" and error is InvalidResponse:
        assert rig.call(method, "s1") is None  # no body is read
    else:
        with pytest.raises(error):
            rig.call(method, *(["s1"] if method == "revoke_session" else []))


@pytest.mark.parametrize("identity", ["", ".", "..", "a\r\nb", "a\x1bb"])
def test_an_id_that_would_name_something_else_is_not_sent(rig: "Rig", identity: str) -> None:
    rig.call("login", flow="browser")
    before = len(rig.server.log)

    with pytest.raises(ConfigurationError):
        rig.call("revoke_session", identity)

    assert len(rig.server.log) == before


def test_an_id_is_escaped_in_the_path(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.call("revoke_session", "../me?x=1#y")

    assert rig.server.log[-1].path == "/api/v1/auth/cli/sessions/..%2Fme%3Fx%3D1%23y"


def test_without_a_login_nothing_is_asked(rig: "Rig") -> None:
    for method, *arguments in (("sessions",), ("revoke_session", "s1")):
        with pytest.raises(NoTokensError):
            rig.call(method, *arguments)

    assert rig.server.log == ()
