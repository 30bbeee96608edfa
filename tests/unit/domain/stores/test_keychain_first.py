from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import pytest
from promptvm_oauth.adapters.stores.awaited import AwaitedProfiles, AwaitedStore, run_inline
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.domain.binding import Binding, digest_of
from promptvm_oauth.domain.errors import (
    ProfileError,
    StoreAbsent,
    StoreError,
    StoreFailed,
    StoreLocked,
    StoreRefused,
    StoresDisagree,
)
from promptvm_oauth.domain.stores.keychain_first import KeychainFirst
from promptvm_oauth.domain.stores.pair_choice import MARK, SUPERSEDES
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.events import Event, StoreDowngraded
from promptvm_oauth.ports.secrets import StoredFields
from promptvm_oauth.testing import FakeClock, MemoryProfiles

T = TypeVar("T")
EARLY = {"access_token": "early", "refresh_token": "r1", "expires_at": "2030-01-01T00:00:00Z"}
LATE = {"access_token": "late", "refresh_token": "r2", "expires_at": "2030-01-02T00:00:00Z"}
NEW = {"access_token": "new", "refresh_token": "r3", "expires_at": "2030-01-03T00:00:00Z"}
LATER = {"access_token": "later", "refresh_token": "r4", "expires_at": "2030-01-04T00:00:00Z"}
TROUBLES = [StoreLocked, StoreRefused, StoreFailed]


class Store(MemoryStore):
    """A memory store under a name, which can be in trouble."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.trouble: type[StoreError] | None = None
        self.written = 0
        self.stuck = False
        self.unusable = False  # though a save would succeed, if somebody answers

    def check(self) -> None:
        if self.trouble is not None:
            raise self.trouble("not now", store=self.name)

    def probe(self) -> None:
        before = self.written
        self.check()
        if self.unusable:
            raise StoreLocked("it would ask", store=self.name)
        assert self.written == before

    def load(self, profile: str) -> Mapping[str, str] | None:
        self.check()
        return super().load(profile)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        self.check()
        self.written += 1
        super().save(profile, fields)

    def delete(self, profile: str) -> None:
        self.check()
        if self.stuck:
            raise StoreFailed("busy", store=self.name)
        super().delete(profile)


class Pair:
    """The composite and what is beneath it."""

    def __init__(self) -> None:
        self.keychain, self.file = Store("keychain"), Store("file")
        self.profiles, self.clock = MemoryProfiles(), FakeClock()
        self.events: list[Event] = []
        self.auto = self.again()

    def again(self) -> KeychainFirst:
        """Returns the composite as another process has it."""
        keychain, file = AwaitedStore(self.keychain, run_inline, ""), AwaitedStore(self.file, run_inline, "")
        profiles = AwaitedProfiles(self.profiles, run_inline)
        return KeychainFirst(keychain, file, profiles, self.clock, self.events.append)

    def record(self, tokens: Mapping[str, str], user: str = "") -> None:
        """Writes the profile of a login with these tokens."""
        fields = {"auth_type": "oauth", "token_ref": "promptvm-cli:p", "user_id": user}
        self.profiles.save("p", fields | {"expires_at": tokens.get("expires_at", "")})

    def load(self) -> StoredFields | None:
        return done(self.again().load("p"))


def done(flow: Coroutine[Any, Any, T]) -> T:
    return run_blocking(flow)


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_a_login_prefers_the_keychain_and_clears_the_file(pair: Pair) -> None:
    pair.file.save("p", EARLY)

    assert done(pair.auto.place("p", NEW)) == ("keychain", "the OS keychain is usable")
    assert pair.keychain.load("p") == NEW
    assert pair.file.load("p") is None
    assert pair.load() == NEW
    assert done(pair.again().location("p")) == ("keychain", "the OS keychain is usable")
    assert pair.events == []


@pytest.mark.parametrize("trouble", [StoreAbsent, *TROUBLES])
def test_a_login_without_a_usable_keychain_goes_to_the_file_and_says_so(pair: Pair, trouble: type[StoreError]) -> None:
    pair.keychain.trouble = trouble
    placement = done(pair.auto.place("p", NEW))
    pair.record(NEW)

    assert placement == ("file", "not now")
    assert pair.events == [StoreDowngraded("p", "keychain", "file", "not now")]
    assert done(pair.again().location("p")) == placement
    assert pair.load() == NEW


@pytest.mark.parametrize("trouble", [None, *TROUBLES])
def test_a_marked_file_wins_until_a_login_finds_the_keychain_usable(
    pair: Pair, trouble: type[StoreError] | None
) -> None:
    pair.keychain.save("p", LATE)
    pair.keychain.trouble = StoreLocked
    done(pair.auto.place("p", EARLY))
    pair.record(EARLY)
    pair.keychain.trouble = trouble
    assert pair.load() == EARLY

    pair.keychain.trouble = None
    done(pair.again().place("p", NEW))
    assert pair.load() == NEW
    assert pair.file.load("p") is None


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("filed", [None, EARLY])
def test_a_keychain_that_cannot_answer_is_never_taken_for_an_empty_one(
    pair: Pair, trouble: type[StoreError], filed: dict[str, str] | None
) -> None:
    if filed:
        pair.file.save("p", filed)
    pair.keychain.trouble = trouble

    with pytest.raises(trouble):
        pair.load()


def test_without_a_keychain_on_the_machine_the_file_counts(pair: Pair) -> None:
    pair.keychain.trouble = StoreAbsent
    assert pair.load() is None
    assert done(pair.again().location("p")).store == "keychain"

    pair.file.save("p", EARLY)
    assert pair.load() == EARLY
    assert done(pair.again().location("p")) == ("file", "another program saved the tokens there")


@pytest.mark.parametrize(("kept", "filed", "winner"), [(EARLY, LATE, LATE), (LATE, EARLY, LATE), (EARLY, EARLY, EARLY)])
def test_if_nothing_names_the_user_the_later_expiry_wins_and_the_next_save_goes_to_the_keychain(
    pair: Pair, kept: dict[str, str], filed: dict[str, str], winner: dict[str, str]
) -> None:
    pair.keychain.save("p", kept)
    pair.file.save("p", filed)
    auto = pair.again()
    assert done(auto.load("p")) == winner

    done(auto.save("p", NEW))
    assert pair.keychain.load("p") == NEW
    assert pair.file.load("p") is None


def test_an_unknown_expiry_counts_as_the_later_one(pair: Pair) -> None:
    pair.keychain.save("p", LATE)
    pair.file.save("p", {"access_token": "endless"})

    assert pair.load() == {"access_token": "endless"}


def test_of_two_pairs_with_one_expiry_that_of_the_keychain_counts(pair: Pair) -> None:
    pair.keychain.save("p", LATE)
    pair.file.save("p", EARLY | {"expires_at": LATE["expires_at"]})
    pair.record(LATE)

    assert pair.load() == LATE


def test_a_pair_that_is_bound_to_nobody_is_of_no_other_user(pair: Pair) -> None:
    pair.keychain.save("p", bound(LATE, ""))
    pair.file.save("p", bound(EARLY, "ada"))

    assert pair.load() == bound(LATE, "")


def test_what_no_login_has_used_yet_is_told_with_its_condition(pair: Pair) -> None:
    assert done(pair.auto.location("p")) == ("keychain", "a login uses it if it is usable")


def test_tokens_that_the_file_alone_has_are_in_the_file_whoever_saved_them(pair: Pair) -> None:
    pair.file.save("p", LATE)

    assert done(pair.auto.location("p")) == ("file", "another program saved the tokens there")


def test_tokens_in_the_file_stay_there_while_the_keychain_would_have_to_be_asked(pair: Pair) -> None:
    pair.file.save("p", LATE | {MARK: "it was locked"})
    pair.record(LATE)
    written = pair.keychain.written
    pair.keychain.unusable = True
    done(pair.again().save("p", NEW))

    assert pair.keychain.written == written
    assert pair.file.load("p") == {**NEW, MARK: "it was locked"}


def test_the_first_tokens_without_a_keychain_are_told_to_be_in_the_file(pair: Pair) -> None:
    pair.keychain.trouble = StoreAbsent
    assert done(pair.auto.load("p")) is None
    done(pair.auto.save("p", NEW))

    assert pair.events == [StoreDowngraded("p", "keychain", "file", "not now")]
    assert pair.file.load("p") == {**NEW, MARK: "not now"}


def test_the_mark_has_one_name_in_every_version(pair: Pair) -> None:
    """A file that this version writes is read by the others."""
    pair.keychain.save("p", LATE)
    pair.record(LATE)
    done(pair.auto.load("p"))
    pair.keychain.trouble = StoreLocked
    done(pair.auto.save("p", NEW))

    found = pair.file.load("p") or {}
    assert found["kept_here_because"] == "not now"
    assert found["kept_instead_of"] == digest_of(LATE)


def test_tokens_that_left_the_keychain_meanwhile_are_not_superseded(pair: Pair) -> None:
    pair.keychain.save("p", LATE)
    done(pair.auto.load("p"))
    pair.keychain.delete("p")
    done(pair.auto.load("p"))
    pair.keychain.trouble = StoreLocked
    done(pair.auto.place("p", NEW))

    assert pair.file.load("p") == {**NEW, MARK: "not now"}


@pytest.mark.parametrize("fields", [{"expires_at": EARLY["expires_at"]}, {"token_ref": "promptvm-cli:p"}])
def test_either_trace_of_a_login_says_that_the_keychain_may_have_it(pair: Pair, fields: dict[str, str]) -> None:
    pair.profiles.save("p", {"auth_type": "oauth", **fields})
    pair.keychain.trouble = StoreAbsent

    with pytest.raises(StoreAbsent) as caught:
        pair.load()
    assert caught.value.store == "keychain"


def test_a_refresh_moves_a_login_back_to_the_keychain_as_soon_as_that_is_usable(pair: Pair) -> None:
    pair.keychain.trouble = StoreLocked
    done(pair.auto.place("p", EARLY))
    pair.record(EARLY)
    done(pair.again().save("p", LATE))
    pair.record(LATE)
    assert pair.file.load("p") == {**LATE, MARK: "not now"}

    pair.keychain.trouble = None
    assert pair.load() == LATE
    done(pair.again().save("p", NEW))

    assert pair.keychain.load("p") == NEW
    assert pair.file.load("p") is None
    assert pair.load() == NEW


@pytest.mark.parametrize("trouble", [StoreAbsent, *TROUBLES])
@pytest.mark.parametrize("recorded", [False, True])
def test_a_refresh_whose_keychain_fails_goes_to_the_file_and_supersedes_what_the_keychain_has(
    pair: Pair, trouble: type[StoreError], *, recorded: bool
) -> None:
    pair.keychain.save("p", EARLY)
    pair.record(EARLY)
    auto = pair.again()
    done(auto.load("p"))
    pair.keychain.trouble = trouble
    done(auto.save("p", NEW))
    if recorded:
        pair.record(NEW)

    assert pair.file.load("p") == {**NEW, MARK: "not now", SUPERSEDES: digest_of(EARLY)}
    assert pair.events == [StoreDowngraded("p", "keychain", "file", "not now")]
    pair.keychain.trouble = None
    assert pair.load() == NEW
    assert not pair.clock.sleeps

    done(pair.again().save("p", LATE))
    assert pair.keychain.load("p") == LATE
    assert pair.file.load("p") is None


def test_a_later_login_in_the_keychain_counts_although_the_file_is_marked(pair: Pair) -> None:
    pair.keychain.trouble = StoreAbsent
    done(pair.auto.place("p", EARLY))
    pair.record(EARLY, "bob")
    pair.keychain.trouble = None
    pair.keychain.save("p", NEW)
    pair.record(NEW, "carol")

    assert pair.load() == NEW
    assert done(pair.again().location("p")) == ("keychain", "the OS keychain is usable")


@pytest.mark.parametrize("place", ["keychain", "file"])
@pytest.mark.parametrize("loser", [EARLY, LATE, {"access_token": "endless"}])
def test_the_pair_with_the_profiles_expiry_counts_whenever_the_other_one_expires(
    pair: Pair, place: str, loser: dict[str, str]
) -> None:
    winner = {**NEW, "expires_at": "2030-01-01T12:00:00.25Z"}
    kept, filed = (winner, loser) if place == "keychain" else (loser, winner)
    pair.keychain.save("p", kept)
    pair.file.save("p", filed)
    pair.record({"expires_at": "2030-01-01T13:00:00+01:00"}, "ada")

    assert pair.load() == winner
    assert not pair.clock.sleeps


def test_a_pair_without_an_expiry_is_that_of_a_profile_without_one(pair: Pair) -> None:
    endless = {"access_token": "endless"}
    pair.keychain.save("p", endless)
    pair.file.save("p", LATE)
    pair.record(endless, "ada")

    assert pair.load() == endless


class Writing(FakeClock):
    """A clock on which another program writes after some time."""

    def __init__(self, after: float, write: Callable[[], None]) -> None:
        super().__init__()
        self.after, self.write = after, write

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if sum(self.sleeps) >= self.after:
            self.write()


@pytest.mark.parametrize("after", [0.02, 0.06, 0.4])
@pytest.mark.parametrize("what", ["keychain", "file", "profile"])
def test_a_program_that_is_writing_is_waited_for(pair: Pair, after: float, what: str) -> None:
    pair.keychain.save("p", EARLY)
    pair.file.save("p", LATE)
    pair.record(NEW, "ada")
    writes: dict[str, Callable[[], None]] = {
        "keychain": lambda: pair.keychain.save("p", NEW),
        "file": lambda: pair.file.save("p", NEW),
        "profile": lambda: pair.record(EARLY, "ada"),
    }
    pair.clock = Writing(after, writes[what])

    assert pair.load() == (EARLY if what == "profile" else NEW)


def bound(tokens: Mapping[str, str], user: str) -> dict[str, str]:
    return Binding("https://api.example.test", user_id=user).bound(tokens)


@pytest.mark.parametrize(
    ("kept", "filed", "winner"),
    [
        (bound(EARLY, "ada"), bound(LATE, "bob"), bound(EARLY, "ada")),
        (bound(LATE, "bob"), bound(EARLY, "ada"), bound(EARLY, "ada")),
        (LATE, bound(EARLY, "ada"), bound(EARLY, "ada")),
        (bound(EARLY, "ada"), LATE, bound(EARLY, "ada")),
        (bound(EARLY, "ada"), bound(LATE, "ada"), bound(LATE, "ada")),
        (bound(LATE, "ada"), bound(EARLY, "ada"), bound(LATE, "ada")),
        (EARLY, LATE, LATE),
        (bound(EARLY, "bob"), bound(LATE, "carol"), None),
        (bound(EARLY, "bob"), LATE, None),
        (LATE, bound(EARLY, "bob"), None),
    ],
)
def test_without_a_match_the_profiles_user_decides_and_another_user_is_never_guessed(
    pair: Pair, kept: dict[str, str], filed: dict[str, str], winner: dict[str, str] | None
) -> None:
    pair.keychain.save("p", kept)
    pair.file.save("p", filed)
    pair.record(NEW, "ada")

    if winner is not None:
        assert pair.load() == winner
    else:
        with pytest.raises(StoresDisagree) as caught:
            pair.load()
        assert str(caught.value) == (
            "keychain: keychain and file have tokens of different users for profile 'p', which names neither; "
            "nothing was sent, log in again"
        )
        assert caught.value.store == "keychain"
        assert caught.value.needs_login
    assert sum(pair.clock.sleeps) == pytest.approx(0.4)


@pytest.mark.parametrize("name", ["bob", "carol"])
def test_two_pairs_of_different_users_are_not_guessed_without_a_profile_either(pair: Pair, name: str) -> None:
    pair.keychain.save("p", bound(EARLY, "bob"))
    pair.file.save("p", bound(LATE, name))

    if name == "bob":
        assert pair.load() == bound(LATE, "bob")
    else:
        with pytest.raises(StoresDisagree):
            pair.load()


def test_a_login_in_a_keychain_that_cannot_be_reached_is_not_nobody(pair: Pair) -> None:
    pair.record(NEW, "ada")
    pair.keychain.trouble = StoreAbsent
    for filed in (None, EARLY, LATE, bound(EARLY, "ada"), bound(LATER, "bob")):
        if filed:
            pair.file.save("p", filed)
        with pytest.raises(StoreAbsent, match=r"'p' may be in the keychain, which cannot be .* from here \(not now\)"):
            pair.load()

    with pytest.raises(StoreAbsent, match="may be in the keychain"):
        done(pair.again().delete("p"))
    assert pair.file.load("p") is None


@pytest.mark.parametrize("filed", [NEW, bound(LATER, "ada")])
def test_the_profiles_tokens_in_the_file_count_without_the_keychain(pair: Pair, filed: dict[str, str]) -> None:
    pair.record(NEW, "ada")
    pair.file.save("p", filed)
    pair.keychain.trouble = StoreAbsent

    assert pair.load() == filed
    done(pair.again().delete("p"))
    assert pair.file.load("p") is None


@pytest.mark.parametrize(
    "profile", [{}, {"auth_type": "oauth"}, {"auth_type": "api_key", "expires_at": "2030-01-01T00:00:00Z"}]
)
def test_a_profile_that_is_not_signed_in_has_nothing_in_the_keychain(pair: Pair, profile: dict[str, str]) -> None:
    pair.profiles.save("p", profile)
    pair.keychain.trouble = StoreAbsent

    assert pair.load() is None
    done(pair.again().delete("p"))


def test_a_damaged_file_is_deleted_without_a_keychain(pair: Pair) -> None:
    pair.record(NEW, "ada")
    pair.keychain.trouble = StoreAbsent

    class Damaged(Store):
        def load(self, profile: str) -> Mapping[str, str] | None:
            raise StoreFailed("damaged", store=self.name)

    pair.file = Damaged("file")
    done(pair.again().delete("p"))


def test_neither_mark_is_seen_by_callers(pair: Pair) -> None:
    pair.file.save("p", {**EARLY, MARK: "why", SUPERSEDES: "digest"})
    pair.record(EARLY)

    assert pair.load() == EARLY


def test_a_save_that_no_store_takes_fails(pair: Pair) -> None:
    pair.keychain.save("p", EARLY)
    auto = pair.again()
    done(auto.load("p"))
    pair.keychain.trouble, pair.file.trouble = StoreLocked, StoreFailed

    with pytest.raises(StoreFailed):
        done(auto.save("p", NEW))


def test_a_save_is_rehearsed_in_the_file_where_the_keychain_would_not_take_it(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsed: list[str] = []

    def locked(profile: str, fields: Mapping[str, str]) -> None:
        rehearsed.append("keychain")
        raise StoreLocked("locked", store="keychain")

    def usable(profile: str, fields: Mapping[str, str]) -> None:
        rehearsed.append("file")

    monkeypatch.setattr(pair.keychain, "rehearse", locked, raising=False)
    monkeypatch.setattr(pair.file, "rehearse", usable, raising=False)
    pair.keychain.save("p", EARLY)
    assert done(pair.auto.load("p")) == EARLY
    done(pair.auto.rehearse("p", EARLY))

    assert rehearsed == ["keychain", "file"]


def test_a_loser_that_cannot_be_removed_yet_does_not_fail_the_save(pair: Pair) -> None:
    pair.keychain.save("p", EARLY)
    pair.file.save("p", LATE)
    auto = pair.again()
    done(auto.load("p"))
    pair.keychain.trouble = StoreLocked
    done(auto.save("p", NEW))
    pair.record(NEW)
    assert pair.file.load("p") == NEW

    pair.keychain.trouble = None
    assert pair.load() == NEW


def test_an_old_file_that_cannot_be_removed_does_not_hide_a_login(pair: Pair) -> None:
    pair.file.save("p", LATE)
    pair.file.stuck = True
    done(pair.auto.place("p", NEW))
    pair.record(NEW, "ada")

    assert pair.load() == NEW


def test_a_delete_clears_both(pair: Pair) -> None:
    pair.keychain.save("p", EARLY)
    pair.file.save("p", LATE)
    done(pair.auto.delete("p"))

    assert pair.load() is None


def test_a_delete_without_a_keychain_is_no_error(pair: Pair) -> None:
    pair.keychain.trouble = StoreAbsent
    done(pair.auto.delete("p"))


@pytest.mark.parametrize("broken", ["keychain", "file"])
def test_a_delete_that_fails_in_one_store_clears_the_other_and_says_so(pair: Pair, broken: str) -> None:
    pair.keychain.save("p", EARLY)
    pair.file.save("p", LATE)
    store, other = (pair.keychain, pair.file) if broken == "keychain" else (pair.file, pair.keychain)
    store.trouble = StoreLocked

    with pytest.raises(StoreLocked):
        done(pair.auto.delete("p"))
    assert other.load("p") is None


def test_a_save_is_rehearsed_where_the_tokens_were_found(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsed: list[str] = []

    def rehearse(profile: str, fields: Mapping[str, str]) -> None:
        rehearsed.append(profile)

    monkeypatch.setattr(pair.file, "rehearse", rehearse, raising=False)
    pair.file.save("p", {**EARLY, MARK: "no keychain"})
    pair.record(EARLY)
    assert done(pair.auto.load("p")) == EARLY

    done(pair.auto.rehearse("p", EARLY))

    assert rehearsed == ["p"]


class Locked(Store):
    """A keychain whose user is asked, and may refuse."""

    def __init__(self) -> None:
        super().__init__("keychain")
        self.asked = 0
        self.refusal: type[StoreError] | None = None

    def unlock(self, profile: str, waiting: object) -> None:
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal("not now", store=self.name)
        self.trouble = None


@pytest.fixture
def locked(pair: Pair) -> Pair:
    pair.keychain = Locked()
    pair.keychain.save("p", LATE)
    pair.keychain.trouble = StoreLocked
    return pair


def asked(pair: Pair) -> int:
    assert isinstance(pair.keychain, Locked)
    return pair.keychain.asked


def refuse(pair: Pair, refusal: type[StoreError]) -> None:
    assert isinstance(pair.keychain, Locked)
    pair.keychain.refusal = refusal


def test_the_keychain_is_unlocked_where_it_may_have_the_tokens(locked: Pair) -> None:
    auto = locked.again()
    assert done(auto.unlock("p"))
    assert done(auto.load("p")) == LATE
    assert done(auto.unlock("p"))
    assert asked(locked) == 2


def test_for_a_marked_file_the_keychain_is_not_unlocked_but_for_a_login_it_is(locked: Pair) -> None:
    locked.file.save("p", EARLY | {MARK: "it was locked"})
    locked.record(EARLY)
    auto = locked.again()
    assert not done(auto.unlock("p"))
    assert done(auto.load("p")) is not None
    assert not done(auto.unlock("p"))
    assert asked(locked) == 0
    assert done(auto.unlock("p", everywhere=True))
    assert asked(locked) == 1


def found_in_the_file(pair: Pair) -> KeychainFirst:
    """Returns stores of which the file alone had tokens when they were loaded."""
    pair.file.save("p", EARLY)
    pair.keychain.trouble = None
    pair.keychain.delete("p")
    auto = pair.again()
    done(auto.load("p"))
    return auto


def test_where_tokens_were_found_in_the_file_the_keychain_is_not_unlocked(locked: Pair) -> None:
    auto = found_in_the_file(locked)
    locked.keychain.trouble = StoreLocked

    assert not done(auto.unlock("p"))
    assert asked(locked) == 0


@pytest.mark.parametrize("stuck", [False, True])
def test_after_a_deletion_the_keychain_may_have_what_another_program_saves(locked: Pair, stuck: bool) -> None:
    auto = found_in_the_file(locked)
    locked.file.stuck = stuck
    with suppress(StoreFailed):
        done(auto.delete("p"))
    locked.keychain.save("p", LATE)
    locked.keychain.trouble = StoreLocked

    assert done(auto.unlock("p"))
    assert asked(locked) == 1


def test_a_deletion_without_a_keychain_leaves_nothing_in_memory(locked: Pair) -> None:
    locked.file.save("p", EARLY)
    locked.record(EARLY)
    locked.keychain.trouble = StoreAbsent
    auto = locked.again()
    done(auto.delete("p"))
    locked.keychain.trouble = StoreLocked

    assert done(auto.unlock("p"))


@pytest.mark.parametrize("refusal", [StoreLocked, StoreRefused, StoreFailed])
def test_a_keychain_that_stays_locked_is_an_error_unless_the_file_can_serve(
    locked: Pair, refusal: type[StoreError]
) -> None:
    refuse(locked, refusal)
    with pytest.raises(refusal):
        done(locked.again().unlock("p"))
    assert not done(locked.again().unlock("p", everywhere=True))


def test_an_absent_keychain_has_nothing_to_unlock(locked: Pair) -> None:
    refuse(locked, StoreAbsent)
    assert not done(locked.again().unlock("p"))


def test_a_keychain_that_knows_no_unlock_has_nothing_to_unlock(pair: Pair) -> None:
    assert not done(pair.auto.unlock("p"))


def test_a_crash_while_a_refresh_moves_the_login_back_leaves_the_new_pair_in_either_store(pair: Pair) -> None:
    pair.file.save("p", {**EARLY, MARK: "it was locked", SUPERSEDES: digest_of(LATE)})
    pair.keychain.save("p", LATE)
    pair.record(EARLY, "ada")
    pair.file.stuck = True  # the file is not deleted any more, as after a crash
    done(pair.again().save("p", NEW))

    assert pair.keychain.load("p") == NEW
    assert (pair.file.load("p") or {})["access_token"] == "new"
    assert pair.load() == NEW
    pair.record(NEW, "ada")
    assert pair.load() == NEW


def test_a_login_in_the_file_that_the_file_does_not_take_fails(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.file.save("p", {**EARLY, MARK: "it was locked"})
    pair.record(EARLY, "ada")
    auto = pair.again()
    done(auto.load("p"))

    def full(profile: str, fields: Mapping[str, str]) -> None:
        raise StoreFailed("no space left", store="file")

    monkeypatch.setattr(pair.file, "save", full)
    with pytest.raises(StoreFailed):
        done(auto.save("p", NEW))


class DamagedProfiles(MemoryProfiles):
    def load(self, name: str) -> Mapping[str, str] | None:
        raise ProfileError("p.yaml is damaged")


def test_a_damaged_profile_does_not_keep_the_file_from_being_deleted(pair: Pair) -> None:
    pair.file.save("p", EARLY)
    pair.profiles = DamagedProfiles()
    pair.keychain.trouble = StoreAbsent
    done(pair.again().delete("p"))

    assert pair.file.load("p") is None


def test_the_login_of_a_damaged_profile_may_be_in_a_keychain_that_cannot_be_reached(pair: Pair) -> None:
    pair.profiles = DamagedProfiles()
    pair.keychain.trouble = StoreAbsent

    with pytest.raises(StoreAbsent, match="may be in the keychain"):
        done(pair.again().delete("p"))
