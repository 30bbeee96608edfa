"""What happens seldom: each turn of a flow that no other test takes."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import DeviceCodeExpired, LockTimeout, OAuthError, ProfileError, StoreFailed
from promptvm_oauth.adapters.single_flight.threads import ThreadSingleFlight
from promptvm_oauth.adapters.stores.awaited import AwaitedProfiles, AwaitedStore, run_inline
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.domain.account import NO_KEY, Account
from promptvm_oauth.domain.freshness import DEFAULT_POLICY, CachedToken
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.profile import load_profile
from promptvm_oauth.domain.use_cases.refresh import Refresh
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.domain.use_cases.stored_pair import StoredPair
from promptvm_oauth.ports.events import DeviceCodeIssued, ProblemNoticed
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing import FakeEntropy, MemoryProfiles, MemoryStore

if TYPE_CHECKING:
    from .conftest import Rig

HOUR = 3600.0


def test_a_verification_page_on_a_foreign_host_is_shown_and_not_to_be_opened(rig: "Rig") -> None:
    issued = {
        "device_code": "d",
        "user_code": "ABCD-EFGH",
        "verification_uri": "https://elsewhere.test/device",
        "verification_uri_complete": "https://elsewhere.test/device?user_code=ABCD-EFGH",
        "expires_in": 60,
    }
    rig.server.queue_fault("device_code", Answer(200, issued))
    rig.ignore()
    with pytest.raises(OAuthError):
        rig.call("login", flow="device")

    (event,) = (event for event in rig.events if isinstance(event, DeviceCodeIssued))
    assert (event.openable, event.verification_uri_complete) == (False, None)
    assert event.verification_uri == "https://elsewhere.test/device"


def test_a_machine_that_sleeps_between_two_polls_sends_nothing_when_it_wakes(rig: "Rig") -> None:
    class Sleeping:
        now = rig.clock.now
        monotonic = rig.clock.monotonic

        async def sleep(self, seconds: float) -> None:
            rig.clock.suspend(7200)

    with pytest.raises(DeviceCodeExpired, match="slept"):
        rig.call("login", client=rig.make(clock=Sleeping()), flow="device")
    assert rig.server.count("device_token") == 0


def test_a_scope_wider_than_asked_for_is_flagged_and_recorded(rig: "Rig") -> None:
    granted = {"access_token": "wide", "refresh_token": "r", "token_type": "Bearer", "scope": "profile admin billing"}
    rig.server.queue_fault("token", Answer(200, granted))
    result = rig.call("login", flow="browser")

    assert result.scope == "profile admin billing"
    (problem,) = (event.problem for event in rig.events if isinstance(event, ProblemNoticed))
    assert problem.endswith("admin billing")


class Unreadable(MemoryStore):
    """Cannot be read, and still forgets what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.deleted: list[str] = []

    def load(self, profile: str) -> Mapping[str, str] | None:
        raise StoreFailed("unreadable", store=self.name)

    def delete(self, profile: str) -> None:
        self.deleted.append(profile)


def test_a_logout_removes_what_it_cannot_read(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    store = Unreadable()
    result = rig.call("logout", client=rig.make(secrets=store))

    assert store.deleted == ["default"]
    assert result.removed
    assert "unreadable" in result.reason


def test_a_logout_of_half_a_login_says_that_nobody_was_signed_in(rig: "Rig") -> None:
    rig.store.save("default", {"refresh_token": "alone"})
    result = rig.call("logout")

    assert (result.removed, result.revoked, result.reason) == (True, False, "the profile was not signed in")
    assert not rig.fields()


class NeverFree:
    """A lock that somebody else never lets go."""

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        raise LockTimeout("somebody else holds it")


def test_a_logout_does_not_fail_for_a_lock(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.call("logout", client=rig.make(lock=NeverFree()), revoke=False)

    assert not rig.fields()


def test_bound_tokens_without_a_profile_are_renewed_at_their_server(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.store.save("bare", rig.fields("work"))
    rig.clock.advance(HOUR)

    assert rig.call("access_token", "bare") == rig.fields("bare")["access_token"] != rig.fields("work")["access_token"]
    assert rig.profiles.load("bare") is None


def test_an_expiry_that_the_profile_does_not_take_is_a_problem_and_no_failure(rig: "Rig") -> None:
    class ReadOnly(MemoryProfiles):
        def load(self, name: str) -> Mapping[str, str] | None:
            return rig.profiles.load(name)

        def save(self, name: str, fields: Mapping[str, str]) -> None:
            raise ProfileError("profiles/default.yaml cannot be written")

    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    token = rig.call("access_token", client=rig.make(profiles=ReadOnly()))

    assert token == rig.fields()["access_token"]
    assert any(isinstance(event, ProblemNoticed) for event in rig.events)


class Begun(ThreadSingleFlight):
    """A flight under way that began before the token was refused: it ends with that very token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._ends: list[Any] = [CachedToken(Secret(token), float("inf"))]

    async def run_once(self, key: str, work: Any) -> Any:
        return self._ends.pop() if self._ends else await super().run_once(key, work)


@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
def test_who_is_given_the_refused_token_by_anothers_flight_makes_one_of_their_own(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    refused = rig.fields()["access_token"]
    profiles = AwaitedProfiles(rig.profiles, run_inline)
    refresh = Refresh(
        rig.server,
        rig.clock,
        StoredPair(rig.clock, FakeEntropy(), profiles, DEFAULT_POLICY),
        profiles,
        rig.lock,
        Begun(refused),
        rig.hear,
        DEFAULT_POLICY,
    )
    server = AuthorizationServer.promptvm(rig.server.base_url, rig.server.app_url)

    async def find_server(_: object = None, /) -> AuthorizationServer:
        return server

    profile = run_blocking(load_profile(profiles, "default"))
    secrets = AwaitedStore(rig.store, run_inline, "")
    account = Account("default", profile, rig.server.base_url, NO_KEY, secrets, find_server)

    held = run_blocking(refresh.renew(account, instead_of=Secret(refused)))

    assert held.token.reveal() == rig.fields()["access_token"] != refused
