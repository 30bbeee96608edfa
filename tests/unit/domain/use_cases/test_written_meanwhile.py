"""Another program signs in, signs out or saves while a caller is between two looks at what is stored."""

from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import NoTokensError, WrongUser

from .other_program import HOUR, Acting, later, refreshes, unbound, write, write_profile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from .conftest import Rig


class Meanwhile(Acting):
    """Acts while a caller waits for the lock, or once it has slept for some time."""

    def __init__(self, rig: "Rig", act: "Callable[[], object]", after: float | None = None) -> None:
        super().__init__(rig, after, act)

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def held() -> "AsyncGenerator[None]":
            async with self.rig.lock.hold(profile, timeout=timeout):
                if self.after is None:
                    self.act()
                yield

        return held()


def expired(rig: "Rig") -> dict[str, str]:
    """Signs in, lets the token expire, and returns what the Go tool stores after a refresh of its own."""
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    return {**unbound(rig), "access_token": "go's", "refresh_token": "go's too", "expires_at": later(rig)}


@pytest.mark.parametrize("after", [None, 0.02, 0.39])
def test_tokens_that_were_renewed_while_the_lock_was_waited_for_are_not_spent(rig: "Rig", after: float | None) -> None:
    """The profile was read before the lock was taken, and is written last, perhaps after the lock was taken."""
    newer = expired(rig)
    profile_late = Meanwhile(rig, lambda: write_profile(rig, newer["expires_at"]), after)
    tokens_first = Meanwhile(rig, lambda: rig.store.save("default", newer))
    at_once = Meanwhile(rig, lambda: write(rig, newer))
    ports: dict[str, Any] = {"lock": at_once} if after is None else {"lock": tokens_first, "clock": profile_late}

    assert rig.call("access_token", client=rig.make(**ports)) == "go's"
    assert not refreshes(rig)


def test_after_the_pause_for_the_go_tool_its_profile_is_waited_for(rig: "Rig") -> None:
    newer = expired(rig)
    rig.store.save("default", unbound(rig))

    def tokens_first() -> None:
        rig.store.save("default", newer)
        clock.act, clock.after = lambda: write_profile(rig, newer["expires_at"]), 0.17

    clock = Meanwhile(rig, tokens_first, 0.15)

    assert rig.call("access_token", client=rig.make(clock=clock)) == "go's"
    assert not refreshes(rig)


@pytest.mark.parametrize("method", ["access_token", "refresh"])
def test_a_user_who_signed_in_while_the_lock_was_waited_for_keeps_the_refresh_token(rig: "Rig", method: str) -> None:
    newer = expired(rig)
    signs_in = Meanwhile(rig, lambda: write(rig, newer, user_id="bob", organization="org_bob"))
    client = rig.make(lock=signs_in)

    if method == "refresh":
        with pytest.raises(WrongUser):
            rig.call(method, client=client)
    else:
        assert rig.call(method, client=client) == "go's"
    assert not refreshes(rig)
    assert unbound(rig) == newer


@pytest.mark.parametrize("after", [0.02, 0.39])
def test_a_bound_pair_of_another_user_waits_for_its_profile(rig: "Rig", after: float) -> None:
    """A login writes its tokens first."""
    rig.call("login", flow="browser")
    before = dict(rig.profiles.load("default") or {})
    rig.profiles.save("default", {**before, "user_id": "bob"})
    clock = Meanwhile(rig, lambda: rig.profiles.save("default", before), after)

    assert rig.call("access_token", client=rig.make(clock=clock)) == rig.fields()["access_token"]


def test_a_bound_pair_of_another_user_is_refused_if_the_profile_stays(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.profiles.save("default", {**(rig.profiles.load("default") or {}), "user_id": "bob"})
    clock = Meanwhile(rig, lambda: None)

    with pytest.raises(WrongUser):
        rig.call("access_token", client=rig.make(clock=clock))
    assert clock.slept == pytest.approx(0.4)


def test_a_sign_out_entry_by_entry_gives_no_empty_token(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    newer = {**unbound(rig), "expires_at": later(rig, 2 * HOUR)}
    rig.store.save("default", newer)
    left = {field: newer[field] for field in ("refresh_token", "expires_at")}
    clock = Meanwhile(rig, lambda: write(rig, left), 0.02)

    with pytest.raises(NoTokensError):
        rig.call("access_token", client=rig.make(clock=clock))


@pytest.mark.parametrize("entry", [None, "2099-01-01T00:00:00Z"])
def test_an_expiry_of_other_tokens_does_not_prolong_bound_ones(rig: "Rig", entry: str | None) -> None:
    """A keychain is written entry by entry, so the expiry may be of the tokens before."""
    rig.call("login", flow="browser")
    mixed = {name: text for name, text in rig.fields().items() if name != "expires_at"}
    mixed |= {"expires_at": entry} if entry else {}
    rig.store.save("default", mixed)
    assert rig.call("access_token", client=rig.make()) == mixed["access_token"]
    rig.clock.advance(HOUR)

    assert rig.call("access_token", client=rig.make()) != mixed["access_token"]
    assert refreshes(rig) == 1


def test_a_binding_without_a_lifetime_leaves_the_expiry_as_it_is_stored(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    fields = {name: text for name, text in rig.fields().items() if name != "granted_for"}
    rig.store.save("default", {**fields, "expires_at": "2099-01-01T00:00:00Z"})
    rig.clock.advance(2 * HOUR)

    assert rig.call("access_token", client=rig.make()) == fields["access_token"]
