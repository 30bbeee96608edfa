from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import State, StoreFailed
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer, Drop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig


def test_the_status_of_a_login_says_who_where_and_until_when(rig: "Rig") -> None:
    result = rig.call("login", "work", flow="browser")
    status = rig.call("status")

    assert (status.profile, status.state, status.store) == ("work", State.LIVE, "memory")
    assert status.user.email == "ada@example.com"
    assert status.organization == "org_dev"
    assert status.expires_at == result.expires_at
    assert status.renewable
    assert status.base_url == "https://api.promptvm.test"


def test_the_status_shows_no_secret(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    shown = repr(rig.call("status"))

    for secret in (rig.fields()["access_token"], rig.fields()["refresh_token"]):
        assert secret not in shown


def test_nobody_signed_in_is_a_status_and_no_error(rig: "Rig") -> None:
    assert rig.call("status").state is State.SIGNED_OUT


def test_an_expired_token_is_called_expired_and_nothing_is_sent(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    before = len(rig.server.log)
    rig.clock.advance(3600)

    assert rig.call("status").state is State.EXPIRED
    assert len(rig.server.log) == before


def test_a_store_that_cannot_answer_is_not_signed_out(rig: "Rig") -> None:
    class Locked(MemoryStore):
        def load(self, profile: str) -> "Mapping[str, str] | None":
            raise StoreFailed("locked", store="memory")

    with pytest.raises(StoreFailed):
        rig.call("status", client=rig.make(secrets=Locked()))


def test_a_check_renews_an_expired_token_and_asks_the_server(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(3600)

    status = rig.call("status", check=True)

    assert status.state is State.LIVE
    assert status.expires_at.timestamp() > rig.clock.now()
    assert rig.server.count("me", outcome="ok") == 1


def test_a_check_of_a_token_that_was_revoked_early_renews_it(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.server.queue_fault("me", Answer(401, {"error": "invalid_token"}))

    assert rig.call("status", check=True).state is State.LIVE
    assert rig.server.count("token", grant_type="refresh_token") == 1


@pytest.mark.parametrize(
    ("endpoint", "fault", "state"),
    [
        ("token", Answer(400, {"error": "invalid_grant"}), State.REJECTED),
        ("token", Drop(), State.UNVERIFIED),
        ("me", Answer(503, b""), State.UNVERIFIED),
        ("me", Answer(403, {"error": "insufficient_scope"}), State.REJECTED),
    ],
)
def test_a_check_that_fails_says_how(rig: "Rig", endpoint: str, fault: Answer | Drop, state: State) -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(3600)
    rig.server.queue_fault(endpoint, fault)  # type: ignore[arg-type] # the parameter's literal type is widened by parametrize

    assert rig.call("status", check=True).state is state


def test_a_logout_ends_its_own_session_and_removes_the_tokens(rig: "Rig") -> None:
    rig.call("login", "other", flow="browser")
    rig.call("login", "work", flow="browser")

    result = rig.call("logout")

    assert (result.profile, result.removed, result.revoked, result.reason) == ("work", True, True, "")
    assert not rig.fields("work")
    assert rig.profiles.active() == ""
    assert rig.fields("other")
    assert len(rig.server.auth.live_sessions) == 1
    assert rig.call("status", "work").state is State.SIGNED_OUT


def test_a_logout_after_expiry_refreshes_first_so_that_the_session_ends(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(3600)

    assert rig.call("logout").revoked
    assert not rig.fields()


@pytest.mark.parametrize("fault", [Drop(), Answer(500, b""), Answer(200, {"not": "a list"}), Answer(200, b"[]")])
def test_a_logout_removes_the_tokens_whatever_the_server_says(rig: "Rig", fault: Drop | Answer) -> None:
    rig.call("login", flow="browser")
    rig.server.queue_fault("sessions", fault)

    result = rig.call("logout")

    assert result.removed
    assert not result.revoked
    assert result.reason
    assert not rig.fields()


def test_a_logout_can_leave_the_session_at_the_server(rig: "Rig") -> None:
    rig.call("login", flow="browser")

    assert not rig.call("logout", revoke=False).revoked
    assert len(rig.server.auth.live_sessions) == 1


def test_a_logout_of_nobody_is_no_error(rig: "Rig") -> None:
    result = rig.call("logout")

    assert not result.removed
    assert not result.revoked


def test_a_logout_makes_another_clients_next_call_say_log_in(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.call("logout")

    assert rig.call("status", client=rig.make()).state is State.SIGNED_OUT
