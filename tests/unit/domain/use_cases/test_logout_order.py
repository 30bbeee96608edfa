"""A logout removes first and ends the session afterwards, with the tokens in memory alone."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import ProfileError, State, StoreFailed, TransportError
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer, Drop
from promptvm_oauth.ports.events import LoggedOut, ProblemNoticed

from .other_program import later, unbound

if TYPE_CHECKING:
    from promptvm_oauth.ports.http import HttpRequest, HttpResponse

    from .conftest import Rig

HOUR = 3600.0
LIVES_ON = "the tokens were removed from this machine; the session at the server may live on"


class Watched:
    """The rig's server, which calls a function before it handles a request."""

    def __init__(self, rig: "Rig", before: Callable[["HttpRequest"], object]) -> None:
        self._rig = rig
        self._before = before

    async def send(self, request: "HttpRequest") -> "HttpResponse":
        self._before(request)
        return await self._rig.server.send(request)

    async def close(self) -> None:
        pass


def problems(rig: "Rig") -> list[str]:
    return [event.problem for event in rig.events if isinstance(event, ProblemNoticed)]


def test_nothing_is_on_this_machine_any_more_when_the_server_is_asked(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    seen: list[tuple[Mapping[str, str], str, str]] = []

    def look(_: "HttpRequest") -> None:
        recorded = rig.profiles.load("work") or {}
        seen.append((rig.fields("work"), rig.profiles.active(), recorded.get("expires_at", "")))

    assert rig.call("logout", client=rig.make(http=Watched(rig, look))).revoked

    assert len(seen) == 2
    assert all(each == ({}, "", "") for each in seen)
    assert not rig.server.auth.live_sessions


def interrupts(colour: str) -> list[type[BaseException]]:
    return [KeyboardInterrupt, SystemExit, *([asyncio.CancelledError] if colour == "asyncio" else [])]


@pytest.mark.parametrize("path", ["/sessions", "/token"], ids=["while it is listed", "while it is renewed"])
def test_an_interrupt_while_the_server_hangs_leaves_nothing_here_and_says_so(rig: "Rig", path: str) -> None:
    for interrupt in interrupts(rig.colour):
        rig.call("login", "work", flow="browser")
        if path == "/token":
            rig.clock.advance(HOUR)
        rig.events.clear()

        def interrupted(request: "HttpRequest", interrupt: type[BaseException] = interrupt) -> None:
            if request.url.endswith(path):
                raise interrupt

        with pytest.raises(interrupt):
            rig.call("logout", client=rig.make(http=Watched(rig, interrupted)))

        assert not rig.fields("work")
        assert rig.profiles.active() == ""
        assert problems(rig) == [LIVES_ON]
        assert rig.call("status", "work").state is State.SIGNED_OUT


def test_what_a_refresh_for_the_revocation_grants_is_not_stored(rig: "Rig") -> None:
    class Counting(MemoryStore):
        saved = 0

        def save(self, profile: str, fields: Mapping[str, str]) -> None:
            Counting.saved += 1
            super().save(profile, fields)

    client = rig.make(secrets=Counting())
    rig.call("login", "work", flow="browser", client=client)
    rig.clock.advance(HOUR)

    assert rig.call("logout", "work", client=client).revoked

    assert Counting.saved == 1
    assert rig.server.count("token", grant_type="refresh_token") == 1
    assert "expires_at" not in (rig.profiles.load("work") or {})
    assert not rig.server.auth.live_sessions


def test_a_token_that_was_revoked_early_is_renewed_in_memory_too(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.server.queue_fault("sessions", Answer(401, {"error": "invalid_token"}))

    assert rig.call("logout").revoked

    assert not rig.fields("work")
    assert not rig.server.auth.live_sessions


def test_a_token_that_is_refused_twice_ends_the_attempt(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.server.queue_fault("sessions", *[Answer(401, {"error": "invalid_token"})] * 2)

    assert "invalid_token" in rig.call("logout").reason
    assert rig.server.count("token", grant_type="refresh_token") == 1


def test_an_expired_token_without_a_refresh_token_is_not_sent(rig: "Rig") -> None:
    rig.server.settings.omit_refresh_token = True
    rig.call("login", "work", flow="browser")
    rig.clock.advance(HOUR)
    before = len(rig.server.log)

    result = rig.call("logout")

    assert (result.removed, result.revoked) == (True, False)
    assert result.reason == "the access token has expired and there is no refresh token"
    assert len(rig.server.log) == before


class Stuck(MemoryStore):
    """A store that loads and does not delete."""

    def delete(self, profile: str) -> None:
        raise StoreFailed("the keychain is gone", store="stuck")


def test_a_failed_removal_does_not_stop_the_revocation_and_is_raised_after_it(rig: "Rig") -> None:
    client = rig.make(secrets=Stuck())
    rig.call("login", "work", flow="browser", client=client)

    with pytest.raises(StoreFailed, match="the keychain is gone"):
        rig.call("logout", client=client)

    assert not rig.server.auth.live_sessions
    assert problems(rig) == ["the session at the server was ended, but tokens may still be on this machine"]
    assert rig.profiles.active() == "work"  # so that the same command can be run again
    assert not [event for event in rig.events if isinstance(event, LoggedOut)]


def test_a_failed_removal_of_a_session_that_was_not_ended_either_tells_both(rig: "Rig") -> None:
    client = rig.make(secrets=Stuck())
    rig.call("login", "work", flow="browser", client=client)
    rig.server.queue_fault("sessions", Drop())

    with pytest.raises(StoreFailed):
        rig.call("logout", client=client)

    (problem,) = problems(rig)
    assert problem.startswith("the session at the server was not ended: ")


def test_an_interrupt_after_a_failed_removal_does_not_say_that_the_tokens_are_gone(rig: "Rig") -> None:
    def interrupted(_: "HttpRequest") -> None:
        raise KeyboardInterrupt

    store = Stuck()
    rig.call("login", "work", flow="browser", client=rig.make(secrets=store))

    with pytest.raises(KeyboardInterrupt):
        rig.call("logout", client=rig.make(secrets=store, http=Watched(rig, interrupted)))

    assert problems(rig) == ["tokens may still be on this machine: stuck: the keychain is gone"]


def test_tokens_that_could_not_be_removed_are_not_told_as_removed(rig: "Rig") -> None:
    client = rig.make(secrets=Stuck())
    rig.call("login", "work", flow="browser", client=client)
    with pytest.raises(StoreFailed):
        rig.call("logout", client=client)

    assert "TokensRemoved" not in rig.heard()


def test_a_logout_of_nobody_says_why_no_session_was_ended_and_tells_of_no_tokens(rig: "Rig") -> None:
    result = rig.call("logout", "work")

    assert (result.removed, result.revoked, result.reason) == (False, False, "there was no session")
    assert "TokensRemoved" not in rig.heard()


def test_an_interrupt_tells_nothing_of_a_login_whose_turn_had_not_come(rig: "Rig") -> None:
    class Interrupted(MemoryStore):
        def delete(self, profile: str) -> None:
            raise KeyboardInterrupt

    store = Interrupted()
    for name in ("home", "work"):
        rig.call("login", name, flow="browser", client=rig.make(secrets=store))
    with pytest.raises(KeyboardInterrupt):
        rig.call("logout_all", client=rig.make(secrets=store))

    assert problems(rig) == []


def test_tokens_of_another_login_than_the_profile_says_are_removed_and_not_sent(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", {**unbound(rig), "expires_at": later(rig, 2 * HOUR)})
    before = len(rig.server.log)

    result = rig.call("logout")

    assert (result.removed, result.revoked) == (True, False)
    assert result.reason == "the profile was written for other tokens"
    assert len(rig.server.log) == before


class Damaged(MemoryProfiles):
    """Profiles that cannot be written, or whose configuration cannot be read."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        self.broken: tuple[str, ...] = ()
        self.later = broken

    def active(self) -> str:
        if "active" in self.broken:
            raise ProfileError("config.yaml is damaged")
        return super().active()

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        if "save" in self.broken:
            raise ProfileError("work.yaml cannot be written")
        super().save(name, fields)


def test_a_profile_that_cannot_be_written_does_not_stop_the_revocation(rig: "Rig") -> None:
    profiles = Damaged()
    client = rig.make(profiles=profiles)
    rig.call("login", "work", flow="browser", client=client)
    profiles.broken = ("save",)

    with pytest.raises(ProfileError, match=r"work\.yaml"):
        rig.call("logout", client=client)

    assert not rig.fields("work")
    assert not rig.server.auth.live_sessions
    assert problems(rig) == ["the session at the server was ended, but the profile could not be updated"]


def test_an_interrupt_after_a_profile_could_not_be_written_says_that_the_tokens_are_gone(rig: "Rig") -> None:
    def interrupted(_: "HttpRequest") -> None:
        raise KeyboardInterrupt

    profiles = Damaged()
    rig.call("login", "work", flow="browser", client=rig.make(profiles=profiles))
    profiles.broken = ("save",)
    with pytest.raises(KeyboardInterrupt):
        rig.call("logout", client=rig.make(profiles=profiles, http=Watched(rig, interrupted)))

    assert problems(rig) == [LIVES_ON]


def test_a_damaged_configuration_is_found_before_anything_is_removed(rig: "Rig") -> None:
    profiles = Damaged()
    client = rig.make(profiles=profiles)
    rig.call("login", "work", flow="browser", client=client)
    profiles.broken = ("active",)

    with pytest.raises(ProfileError, match=r"config\.yaml"):
        rig.call("logout", "work", client=client)

    assert rig.fields("work")
    assert rig.server.auth.live_sessions


def test_tokens_that_cannot_be_read_are_removed_and_their_session_is_not_known(rig: "Rig") -> None:
    class Unreadable(MemoryStore):
        broken = False

        def load(self, profile: str) -> Mapping[str, str] | None:
            if self.broken:
                raise StoreFailed("damaged", store="unreadable")
            return super().load(profile)

    store = Unreadable()
    client = rig.make(secrets=store)
    rig.call("login", "work", flow="browser", client=client)
    store.broken = True

    result = rig.call("logout", client=client)

    assert (result.removed, result.revoked, result.reason) == (True, False, "unreadable: damaged")
    store.broken = False
    assert store.load("work") is None


def test_an_unexpected_error_of_the_http_port_is_a_reason_and_not_an_error(rig: "Rig") -> None:
    def fail(_: "HttpRequest") -> Any:
        raise RuntimeError("secret detail")

    rig.call("login", "work", flow="browser")

    result = rig.call("logout", client=rig.make(http=Watched(rig, fail)))

    assert (result.removed, result.reason) == (True, "unexpected RuntimeError")


def test_all_requests_of_a_logout_share_one_deadline(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.clock.advance(HOUR)
    allowed: list[float] = []

    def slow(request: "HttpRequest") -> None:
        allowed.append(request.timeout)
        rig.clock.advance(20.0)
        if len(allowed) == 2:
            raise TransportError("no answer")

    result = rig.call("logout", client=rig.make(http=Watched(rig, slow)))

    assert allowed == [30.0, 10.0]
    assert result.reason == "no answer"


def test_a_logout_whose_time_is_over_sends_no_more(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.clock.advance(HOUR)

    result = rig.call("logout", client=rig.make(http=Watched(rig, lambda _: rig.clock.advance(30.0))))

    assert (result.removed, result.reason) == (True, "the server took too long to answer")
    assert rig.server.count("sessions") == 0


def test_an_error_that_no_port_may_raise_is_raised_and_nothing_is_told_as_interrupted(rig: "Rig") -> None:
    class Broken:
        def hold(self, profile: str, *, timeout: float) -> Any:
            raise OSError("what no lock raises")

    rig.call("login", "work", flow="browser")
    with pytest.raises(OSError, match="what no lock raises"):
        rig.call("logout", client=rig.make(lock=Broken()))

    assert not problems(rig)
    assert rig.fields("work")


def test_an_interrupt_tells_nothing_of_a_login_that_had_no_tokens(rig: "Rig") -> None:
    def interrupted(_: "HttpRequest") -> None:
        raise KeyboardInterrupt

    rig.call("login", "zero", flow="browser")
    rig.call("login", "work", flow="browser")
    rig.store.delete("zero")
    with pytest.raises(KeyboardInterrupt):
        rig.call("logout_all", client=rig.make(http=Watched(rig, interrupted)))

    told = [event for event in rig.events if isinstance(event, ProblemNoticed)]
    assert [(event.profile, event.problem) for event in told] == [("work", LIVES_ON)]


@pytest.mark.parametrize("server", ["https://other.test", ""], ids=["another server", "no profile yet"])
def test_tokens_that_another_program_wrote_while_the_keychain_was_unlocked_are_sent_nowhere(
    rig: "Rig", server: str
) -> None:
    class Prompting(MemoryStore):
        def unlock(self, profile: str, waiting: object) -> None:
            expires_at = "2030-01-01T00:00:00Z"
            self.save(profile, {"access_token": "of-eve", "refresh_token": "eve", "expires_at": expires_at})
            if server:
                recorded = {"base_url": server, "auth_type": "oauth", "expires_at": expires_at, "user_id": "usr_eve"}
                rig.profiles.save(profile, {"name": profile, **recorded})

    store, sent = Prompting(), list[str]()
    rig.call("login", "work", flow="browser", client=rig.make(secrets=MemoryStore()))
    client = rig.make(secrets=store, http=Watched(rig, lambda request: sent.append(request.url)))

    result = rig.call("logout", "work", client=client)

    assert sent == []
    assert (result.removed, result.revoked) == (True, False)
    expected = "changed to another server meanwhile" if server else "written for other tokens"
    assert expected in result.reason
    assert store.load("work") is None
