"""Beside a program that takes no lock, writes entry by entry and the profile last, and binds nothing: the Go tool."""

from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import NoRefreshToken, NoTokensError, RefreshRejected, WrongUser
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.domain.binding import Binding
from promptvm_oauth.ports.errors import StoreCorrupt

from .other_program import HOUR, TOKENS, Acting, later, refreshes, unbound, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .conftest import Rig


class Unauthorized(Exception):
    """What an API client raises for a 401."""

    status_code = 401


class Entries(MemoryStore):
    """A keychain that is read between two entries, and whole after some reads."""

    def __init__(self, whole: "Mapping[str, str]", reads: int, **torn: str) -> None:
        super().__init__()
        self.whole, self.torn, self.left = whole, {**whole, **torn}, reads

    def load(self, profile: str) -> "Mapping[str, str] | None":
        self.left -= 1
        return self.torn if self.left >= 0 else self.whole


def signed_in_by_go(rig: "Rig") -> dict[str, str]:
    """Signs in; nothing that is stored is bound, and the token has expired."""
    rig.call("login", flow="browser")
    rig.store.save("default", unbound(rig))
    rig.clock.advance(HOUR)
    return unbound(rig)


@pytest.mark.parametrize("after", [0.151, 0.2, 0.5, 0.54])
@pytest.mark.parametrize("changed", [("access_token", "refresh_token", "expires_at"), ("refresh_token", "expires_at")])
def test_what_is_written_within_400_ms_after_a_rejection_is_used(
    rig: "Rig", after: float, changed: tuple[str, ...]
) -> None:
    before = signed_in_by_go(rig)
    renewed = {**before, "access_token": "go's", "refresh_token": "go's too", "expires_at": later(rig)}
    winner = {field: (renewed if field in changed else before)[field] for field in TOKENS}
    clock = Acting(rig, after, lambda: write(rig, winner))
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))

    assert rig.call("access_token", client=rig.make(clock=clock)) == winner["access_token"]
    assert refreshes(rig) == 1
    assert unbound(rig) == winner


def test_a_rejection_with_nothing_new_is_raised_after_the_last_look(rig: "Rig") -> None:
    before = signed_in_by_go(rig)
    clock = Acting(rig, 99, lambda: None)
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))

    with pytest.raises(RefreshRejected):
        rig.call("access_token", client=rig.make(clock=clock))
    assert clock.slept == pytest.approx(0.15 + 0.4)
    assert unbound(rig) == before


def test_what_is_written_after_the_last_look_is_not_waited_for(rig: "Rig") -> None:
    before = signed_in_by_go(rig)
    clock = Acting(rig, 0.56, lambda: write(rig, {**before, "access_token": "go's", "expires_at": later(rig)}))
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))

    with pytest.raises(RefreshRejected):
        rig.call("access_token", client=rig.make(clock=clock))


def test_the_token_that_a_server_refused_is_not_used_again_whatever_else_changed(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    before = unbound(rig)
    clock = Acting(rig, 0.2, lambda: write(rig, {**before, "refresh_token": "go's too", "expires_at": later(rig)}))
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))
    client = rig.make(clock=clock)
    tried: list[str] = []

    def refusing(token: str) -> None:
        tried.append(token)
        raise Unauthorized

    async def refusing_async(token: str) -> None:
        refusing(token)

    with pytest.raises(RefreshRejected):
        rig.call("with_auto_refresh", refusing if rig.colour == "blocking" else refusing_async, client=client)
    assert tried == [before["access_token"]]


def test_the_login_of_another_user_is_not_used_after_a_rejection(rig: "Rig") -> None:
    before = signed_in_by_go(rig)
    winner = {**before, "access_token": "bob's", "expires_at": later(rig)}
    clock = Acting(rig, 0.2, lambda: write(rig, winner, user_id="bob"))
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))

    with pytest.raises(RefreshRejected):
        rig.call("access_token", client=rig.make(clock=clock))


def test_a_store_that_is_being_written_is_looked_at_again_after_a_rejection(rig: "Rig") -> None:
    before = signed_in_by_go(rig)
    winner = {**before, "access_token": "go's", "expires_at": later(rig)}

    class Written(MemoryStore):
        torn = 0

        def load(self, profile: str) -> "Mapping[str, str] | None":
            if refreshes(rig) and self.torn < 3:
                self.torn += 1
                raise StoreCorrupt("cut short", store="file")
            return rig.store.load(profile)

    clock = Acting(rig, 0.3, lambda: write(rig, winner))
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))
    store = Written()

    assert rig.call("access_token", client=rig.make(clock=clock, secrets=store)) == "go's"
    assert store.torn == 3


def test_before_the_go_tools_tokens_are_spent_it_has_time_to_write_new_ones(rig: "Rig") -> None:
    winner = {**signed_in_by_go(rig), "access_token": "go's", "expires_at": later(rig)}
    clock = Acting(rig, 0.15, lambda: write(rig, winner, user_email="x"))

    assert rig.call("access_token", client=rig.make(clock=clock)) == "go's"
    assert not refreshes(rig)
    assert clock.slept == 0.15


def test_another_user_who_logs_in_with_the_go_tool_meanwhile_is_whom_the_call_is_for(rig: "Rig") -> None:
    winner = {**signed_in_by_go(rig), "access_token": "bob's", "expires_at": later(rig)}
    clock = Acting(rig, 0.15, lambda: write(rig, winner, user_id="bob"))

    assert rig.call("access_token", client=rig.make(clock=clock)) == "bob's"
    assert not refreshes(rig)


@pytest.mark.parametrize(("left", "pause"), [(61.0, 0.0), (60.0, 0.15), (0.0, 0.15)])
def test_the_pause_is_made_within_the_go_tools_window_only(rig: "Rig", left: float, pause: float) -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", unbound(rig))
    rig.clock.advance(HOUR - left)
    clock = Acting(rig, 99, lambda: None)
    rig.call("refresh", client=rig.make(clock=clock))

    assert clock.slept == pytest.approx(pause)


def test_no_pause_is_made_before_bound_tokens_are_spent(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    clock = Acting(rig, 99, lambda: None)
    rig.call("access_token", client=rig.make(clock=clock))

    assert clock.slept == 0.0
    assert refreshes(rig) == 1


@pytest.mark.parametrize("left", [-HOUR, 30.0], ids=["expired", "expires soon"])
def test_an_expiry_that_was_not_yet_written_costs_no_refresh(rig: "Rig", left: float) -> None:
    rig.call("login", flow="browser")
    fields = {name: text for name, text in rig.fields().items() if name != "granted_for"}  # it tells the expiry as well
    store = Entries(fields, 1, expires_at=later(rig, left))

    assert rig.call("access_token", client=rig.make(secrets=store)) == fields["access_token"]
    assert store.left < 0
    assert not refreshes(rig)


@pytest.mark.parametrize("after", [0.02, 0.3, 0.39])
def test_unbound_tokens_wait_for_the_profile_that_is_written_last(rig: "Rig", after: float) -> None:
    rig.call("login", flow="browser")
    newer = {**unbound(rig), "access_token": "go's", "expires_at": later(rig, 2 * HOUR)}
    rig.store.save("default", newer)
    clock = Acting(rig, after, lambda: write(rig, newer))

    assert rig.call("access_token", client=rig.make(clock=clock)) == "go's"
    assert not refreshes(rig)
    assert clock.slept <= 0.4


def test_unbound_tokens_of_a_user_whose_profile_arrives_later_are_not_used_for_the_earlier_one(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    newer = {**unbound(rig), "access_token": "bob's", "expires_at": later(rig, 2 * HOUR)}
    rig.store.save("default", newer)
    seen: list[Any] = []

    def sign_in() -> None:
        write(rig, newer, user_id="bob", organization="org_bob")
        seen.append("bob")

    clock = Acting(rig, 0.1, sign_in)

    # The call is for the profile, whoever it names by then: resolved again, it is bob's.
    assert rig.call("access_token", client=rig.make(clock=clock)) == "bob's"
    assert seen
    assert not refreshes(rig)


def test_unbound_tokens_that_the_profile_keeps_contradicting_are_renewed_and_their_user_checked(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    newer = {**unbound(rig), "expires_at": later(rig, 2 * HOUR)}
    rig.store.save("default", newer)
    granted = {"access_token": "a2", "refresh_token": "r2", "token_type": "Bearer", "user": {"id": "someone-else"}}
    rig.server.queue_fault("token", Answer(200, granted))

    with pytest.raises(WrongUser):
        rig.call("access_token", client=rig.make())
    assert unbound(rig) == newer

    token = rig.call("access_token", client=rig.make())
    assert token == rig.fields()["access_token"]
    assert (rig.profiles.load("default") or {})["expires_at"] == rig.fields()["expires_at"]
    assert rig.call("access_token", client=rig.make()) == token
    assert refreshes(rig) == 2


def test_unbound_tokens_without_a_refresh_token_are_not_handed_out_against_the_profile(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", {"access_token": "whose?", "expires_at": later(rig, 2 * HOUR)})

    with pytest.raises(NoRefreshToken):
        rig.call("access_token", client=rig.make())


def test_an_expiry_that_differs_in_fractions_of_a_second_is_the_same(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    expires_at = later(rig, HOUR).replace("Z", ".75Z")
    rig.store.save("default", {**unbound(rig), "expires_at": expires_at})

    assert rig.call("access_token", client=rig.make()) == rig.fields()["access_token"]
    assert not refreshes(rig)


def test_a_profile_without_an_expiry_contradicts_nothing(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", unbound(rig))
    fields = dict(rig.profiles.load("default") or {})
    rig.profiles.save("default", {name: text for name, text in fields.items() if name != "expires_at"})

    assert rig.call("access_token", client=rig.make()) == rig.fields()["access_token"]
    assert not refreshes(rig)


@pytest.mark.parametrize(
    ("torn", "reads"),
    [
        ({"access_token": "old"}, 1),
        ({"refresh_token": "old"}, 3),
        ({"expires_at": "2001-01-01T00:00:00Z"}, 2),
        ({"access_token": "old", "refresh_token": "old"}, 4),
    ],
)
def test_no_pair_is_loaded_whose_entries_do_not_belong_together(rig: "Rig", torn: dict[str, str], reads: int) -> None:
    rig.call("login", flow="browser")
    store = Entries(dict(rig.fields()), reads, **torn)

    loaded = rig.call("load_tokens", client=rig.make(secrets=store))

    assert loaded == rig.call("load_tokens")
    assert store.left == -1


def test_entries_that_never_belong_together_are_loaded_after_the_last_look(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    clock = Acting(rig, 99, lambda: None)
    store = Entries(dict(rig.fields()), 99, expires_at="2001-01-01T00:00:00Z")

    assert rig.call("load_tokens", client=rig.make(secrets=store, clock=clock)).expires_at.year == 2001
    assert clock.slept == pytest.approx(0.4)


@pytest.mark.parametrize("missing", ["expires_at", "granted_at", "granted_for", "bound_pair"])
def test_a_pair_of_which_less_is_known_is_loaded_at_once(rig: "Rig", missing: str) -> None:
    rig.call("login", flow="browser")
    clock = Acting(rig, 99, lambda: None)
    store = Entries({name: text for name, text in rig.fields().items() if name != missing}, 0)

    rig.call("load_tokens", client=rig.make(secrets=store, clock=clock))
    assert store.left == -1
    assert clock.slept == 0.0


def test_a_login_that_waited_for_its_lock_is_whole(rig: "Rig") -> None:
    slow = during(rig, lambda: rig.clock.advance(30))
    rig.call("login", flow="browser", client=rig.make(lock=slow))
    clock = Acting(rig, 99, lambda: None)

    rig.call("load_tokens", client=rig.make(clock=clock))
    assert clock.slept == 0.0


def during(rig: "Rig", act: "Callable[[], None]") -> Any:
    """Returns a lock for which a call waits while another program acts."""
    hold = rig.lock.hold

    class Waited:
        def hold(self, profile: str, *, timeout: float) -> Any:
            act()
            return hold(profile, timeout=timeout)

    return Waited()


def test_what_was_renewed_while_a_call_waited_for_the_lock_is_not_renewed_again(rig: "Rig") -> None:
    newer = {**signed_in_by_go(rig), "access_token": "go's", "refresh_token": "go's too", "expires_at": later(rig)}
    lock = during(rig, lambda: write(rig, newer))

    assert rig.call("access_token", client=rig.make(lock=lock)) == "go's"
    assert not refreshes(rig)
    assert unbound(rig) == newer


def test_the_login_of_another_user_while_a_call_waited_for_the_lock_is_not_spent(rig: "Rig") -> None:
    newer = {**signed_in_by_go(rig), "access_token": "bob's", "refresh_token": "r", "expires_at": later(rig)}
    lock = during(rig, lambda: write(rig, newer, user_id="bob"))

    assert rig.call("access_token", client=rig.make(lock=lock)) == "bob's"
    assert not refreshes(rig)
    assert unbound(rig) == newer


def test_no_empty_token_is_handed_out_while_a_logout_deletes_entry_by_entry(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    newer = {**unbound(rig), "expires_at": later(rig, 2 * HOUR)}
    rig.store.save("default", newer)
    left = {name: text for name, text in newer.items() if name != "access_token"}
    clock = Acting(rig, 0.02, lambda: rig.store.save("default", left))

    with pytest.raises(NoTokensError):
        rig.call("access_token", client=rig.make(clock=clock))


def test_between_the_tokens_and_the_profile_of_a_login_a_reader_waits_for_the_profile(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    bobs = Binding(rig.server.base_url, user_id="bob").bound({"access_token": "bob's", "expires_at": later(rig)})
    rig.store.save("default", bobs)
    clock = Acting(rig, 0.1, lambda: write(rig, bobs, user_id="bob"))

    assert rig.call("access_token", client=rig.make(clock=clock)) == "bob's"
    assert not refreshes(rig)


def test_a_profile_that_does_not_arrive_is_waited_for_no_longer_than_0_4_s(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    bobs = Binding(rig.server.base_url, user_id="bob").bound({"access_token": "bob's", "expires_at": later(rig)})
    rig.store.save("default", bobs)
    clock = Acting(rig, 99, lambda: None)

    with pytest.raises(WrongUser):
        rig.call("access_token", client=rig.make(clock=clock))
    assert clock.slept == pytest.approx(0.4)


def test_the_expiry_of_bound_tokens_is_that_of_their_binding(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", {**rig.fields(), "expires_at": later(rig, 99 * HOUR)})
    rig.clock.advance(HOUR)
    before = rig.fields()["access_token"]

    assert rig.call("access_token", client=rig.make()) != before
    assert refreshes(rig) == 1


def test_the_tokens_that_a_failed_login_puts_back_are_used(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    adas = dict(rig.fields())
    bobs = Binding(rig.server.base_url, user_id="bob").bound({"access_token": "bob's", "expires_at": later(rig)})
    rig.store.save("default", bobs)
    clock = Acting(rig, 0.1, lambda: rig.store.save("default", adas))

    assert rig.call("status", check=True, client=rig.make(clock=clock)).state == "live"
    assert rig.call("access_token", client=rig.make(clock=clock)) == adas["access_token"]
    assert not refreshes(rig)


def test_a_refresh_for_another_user_during_the_looks_is_not_made_again(rig: "Rig") -> None:
    before = signed_in_by_go(rig)
    bobs = Binding(rig.server.base_url, user_id="bob").bound({"access_token": "bob's", "expires_at": later(rig)})
    rig.store.save("default", bobs)
    granted = {"access_token": "b2", "refresh_token": "r2", "token_type": "Bearer", "user": {"id": "bob"}}
    rig.server.queue_fault("token", Answer(200, granted))
    clock = Acting(rig, 0.02, lambda: rig.store.save("default", before))

    with pytest.raises(WrongUser) as caught:
        rig.call("access_token", client=rig.make(clock=clock))
    assert caught.value.granted
    assert refreshes(rig) == 1


def test_an_api_call_of_an_account_whose_profile_is_another_users_by_now_is_not_sent(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    bobs = Binding(rig.server.base_url, user_id="bob").bound({"access_token": "bob's", "expires_at": later(rig)})
    rig.store.save("default", bobs)
    clock = Acting(rig, 0.1, lambda: write(rig, bobs, user_id="bob"))
    sent = len(rig.server.log)

    with pytest.raises(WrongUser):
        rig.call("sessions", client=rig.make(clock=clock))
    assert len(rig.server.log) == sent


@pytest.mark.parametrize("writer", ["go", "nobody"])
def test_the_go_tools_access_token_beside_our_refresh_token_is_looked_at_again(rig: "Rig", writer: str) -> None:
    rig.call("login", flow="browser")
    bound = dict(rig.fields())
    rig.clock.advance(HOUR - 30)
    rig.store.save("default", {**bound, "access_token": "go's"})
    written = {**unbound(rig), "refresh_token": "go's too", "expires_at": later(rig)}
    clock = Acting(rig, 0.1, lambda: write(rig, written) if writer == "go" else None)

    token = rig.call("access_token", client=rig.make(clock=clock))

    assert (token == "go's") == (writer == "go")
    assert token == rig.fields()["access_token"]
    assert refreshes(rig) == (writer != "go")
