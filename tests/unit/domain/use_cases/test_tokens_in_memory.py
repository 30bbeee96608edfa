"""The tokens in memory: those of a login end with it, at once, and those of other users stay."""

from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import ProfileError, TokensNotSaved
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.domain.freshness import CachedToken
from promptvm_oauth.domain.use_cases.access import Access, TokenMemory
from promptvm_oauth.ports.events import LoggedIn, TokensRemoved
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing.auth_server import FakeAuthServer

from .other_program import TOKENS, Acting, later
from .test_replaced_session import Network
from .test_unrecorded_login import EVE, Ending, Killed, ended_login

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from promptvm_oauth.ports.events import Event

    from .conftest import Rig

HOUR = 3600.0


def in_memory(rig: "Rig") -> set[str]:
    """Returns the tokens that the rig's client has in memory."""
    return {cached.token.reveal() for cached in rig.client._client.memory.values()}  # pyright: ignore[reportPrivateUsage] (nothing public tells it)


def test_a_renewal_leaves_the_tokens_of_other_users(rig: "Rig") -> None:
    for name in ("ada", "eve"):
        rig.call("login", name, flow="browser")
        rig.clock.advance(HOUR / 2)
    kept = rig.call("access_token", "eve")
    rig.clock.advance(HOUR / 2)
    renewed = rig.call("access_token", "ada")

    assert in_memory(rig) == {kept, renewed}
    rig.call("refresh", "ada")
    assert in_memory(rig) == {kept}


def test_a_login_leaves_the_tokens_of_other_users(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    kept = rig.call("access_token", "ada")
    rig.call("login", "eve", flow="browser")

    assert in_memory(rig) == {kept}
    rig.call("access_token", "eve")
    rig.call("logout", "eve")
    assert in_memory(rig) == {kept}


def test_a_renewal_forgets_the_same_login_under_another_name(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    rig.call("access_token")
    rig.call("access_token", "ada")
    rig.call("refresh", "ada")

    assert in_memory(rig) == set()


def test_no_old_token_is_handed_out_while_the_server_is_asked_after_a_login_or_a_logout(rig: "Rig") -> None:
    found: list[set[str]] = []

    def look(event: "Event") -> None:
        if isinstance(event, LoggedIn | TokensRemoved):
            found.append(in_memory(rig))

    rig.client = rig.make(on_event=look)
    for _ in range(2):
        rig.call("login", "ada", flow="browser")
        rig.call("access_token", "ada")
    rig.call("logout", "ada")

    assert found == [set()] * 3


def test_a_token_that_was_renewed_for_a_named_profile_is_not_that_of_the_active_one(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    rig.call("login", "eve", flow="browser")
    rig.clock.advance(HOUR)

    assert rig.call("access_token", "ada") == rig.fields("ada")["access_token"]
    assert rig.call("access_token") == rig.fields("eve")["access_token"]


def test_a_token_in_memory_is_renewed_at_the_very_second_at_which_a_new_process_would(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    first = rig.call("access_token", "ada")
    rig.clock.advance(HOUR - 300)

    assert rig.call("access_token", "ada") != first


def test_a_login_in_two_halves_whose_profile_cannot_be_written_leaves_no_token_in_memory(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, fields: "Mapping[str, str]") -> None:
        raise ProfileError("the disk is full")

    rig.call("login", "ada", flow="browser")
    rig.call("access_token", "ada")
    pending = rig.call("begin_login", "ada", redirect_uri="http://127.0.0.1:8000/callback")
    came_back_on = rig.visit(pending.authorize_url)
    monkeypatch.setattr(rig.profiles, "save", full)
    with pytest.raises(TokensNotSaved):
        rig.call("finish_login", pending, came_back_on)

    assert in_memory(rig) == set()


def test_a_call_to_the_api_uses_the_token_in_memory_without_the_store(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    rig.call("sessions", "ada")
    rig.store.delete("ada")

    assert rig.call("sessions", "ada")


def edit_profile(rig: "Rig", **fields: str) -> None:
    rig.profiles.save("ada", {**(rig.profiles.load("ada") or {}), **fields})


def expired(rig: "Rig") -> None:
    rig.clock.advance(HOUR)


def early(rig: "Rig") -> None:
    rig.clock.advance(HOUR - 30)


def granted_in_the_future(rig: "Rig") -> None:
    rig.clock.suspend(-7 * 24 * HOUR)


def of_another_expiry_than_its_profile(rig: "Rig") -> None:
    fields = {name: rig.fields("ada")[name] for name in TOKENS}
    rig.store.save("ada", fields | {"expires_at": later(rig, -HOUR)})
    rig.clock.advance(HOUR)


def of_a_login_that_writes_its_profile_now(rig: "Rig") -> None:
    user = (rig.profiles.load("ada") or {})["user_id"]
    edit_profile(rig, user_id="bob")
    rig.client = rig.make(clock=Acting(rig, 0.02, lambda: edit_profile(rig, user_id=user)))


def of_a_login_that_was_ended_early(rig: "Rig") -> None:
    ended_login(rig, EVE, "ada")


def of_a_login_at_another_server_that_was_ended_early(rig: "Rig") -> None:
    other = FakeAuthServer(base_url="https://other.test")
    network, own = Network(rig, other), rig.person
    rig.person = other.approve
    client = rig.make(base_url=other.base_url, http=network, profiles=Ending(rig.profiles))
    with pytest.raises(Killed):
        rig.call("login", "ada", flow="browser", client=client)
    rig.person, rig.client = own, rig.make(base_url=None, http=network)


@pytest.mark.parametrize(
    "found",
    [
        expired,
        early,
        granted_in_the_future,
        of_another_expiry_than_its_profile,
        of_a_login_that_writes_its_profile_now,
        of_a_login_that_was_ended_early,
        of_a_login_at_another_server_that_was_ended_early,
    ],
)
def test_a_token_of_a_named_profile_is_not_that_of_the_active_one_however_it_was_found(
    rig: "Rig", found: "Callable[[Rig], None]"
) -> None:
    rig.call("login", "ada", flow="browser")
    rig.call("login", "eve", flow="browser")
    found(rig)
    rig.profiles.activate("eve")

    assert rig.call("access_token", "ada") == rig.fields("ada")["access_token"]
    assert rig.call("access_token") == rig.fields("eve")["access_token"]


@pytest.mark.parametrize("refused", [False, True])
def test_a_token_that_the_api_was_asked_with_is_not_that_of_the_active_profile(rig: "Rig", refused: bool) -> None:
    rig.call("login", "ada", flow="browser")
    rig.call("login", "eve", flow="browser")
    rig.server.queue_fault("sessions", *[Answer(401, {})] * refused)
    rig.call("sessions", "ada")

    assert rig.server.count("token", grant_type="refresh_token") == refused
    assert rig.call("access_token") == rig.fields("eve")["access_token"]


def test_an_early_renewal_leaves_no_older_token_of_the_login_in_memory(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    rig.call("access_token")
    rig.clock.advance(HOUR - 30)
    renewed = rig.call("access_token", "ada")

    assert in_memory(rig) == {renewed}


def test_another_thread_may_forget_a_token_in_the_same_moment(rig: "Rig") -> None:
    class Emptied(TokenMemory):
        """Another thread removes what this one has just seen."""

        def items(self) -> Any:
            seen = dict(self)
            self.clear()
            return seen.items()

    internal = rig.client._client  # pyright: ignore[reportPrivateUsage] (two threads would not meet there by plan)
    memory = Emptied({"ada": CachedToken(Secret("the token"), 0.0)})
    Access(internal.stored, internal.resolver, memory, lambda: pytest.fail("no refresh")).forget("ada")

    assert not memory
