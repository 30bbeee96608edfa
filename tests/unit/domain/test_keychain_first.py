from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import pytest
from promptvm_oauth.adapters.stores.awaited import AwaitedStore, run_inline
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.domain.errors import StoreAbsent, StoreError, StoreFailed, StoreLocked, StoreRefused
from promptvm_oauth.domain.keychain_first import MARK, KeychainFirst
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.events import Event, StoreDowngraded
from promptvm_oauth.ports.secrets import StoredFields

T = TypeVar("T")
EARLY = {"access_token": "early", "refresh_token": "r1", "expires_at": "2030-01-01T00:00:00Z"}
LATE = {"access_token": "late", "refresh_token": "r2", "expires_at": "2030-01-02T00:00:00Z"}
NEW = {"access_token": "new", "refresh_token": "r3", "expires_at": "2030-01-03T00:00:00Z"}
TROUBLES = [StoreLocked, StoreRefused, StoreFailed]


class Store(MemoryStore):
    """A memory store under a name, which can be in trouble."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.trouble: type[StoreError] | None = None
        self.written = 0

    def check(self) -> None:
        if self.trouble is not None:
            raise self.trouble("not now", store=self.name)

    def probe(self) -> None:
        before = self.written
        self.check()
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
        super().delete(profile)


class Pair:
    """The composite and what is beneath it."""

    def __init__(self) -> None:
        self.keychain, self.file = Store("keychain"), Store("file")
        self.events: list[Event] = []
        self.auto = self.again()

    def again(self) -> KeychainFirst:
        """Returns the composite as another process has it."""
        keychain, file = AwaitedStore(self.keychain, run_inline, ""), AwaitedStore(self.file, run_inline, "")
        return KeychainFirst(keychain, file, self.events.append)

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
def test_if_both_hold_unmarked_tokens_the_later_expiry_wins_and_the_next_save_removes_the_loser(
    pair: Pair, kept: dict[str, str], filed: dict[str, str], winner: dict[str, str]
) -> None:
    pair.keychain.save("p", kept)
    pair.file.save("p", filed)
    auto = pair.again()
    assert done(auto.load("p")) == winner

    done(auto.save("p", NEW))
    home, other = (pair.file, pair.keychain) if winner == filed != kept else (pair.keychain, pair.file)
    assert home.load("p") == NEW
    assert other.load("p") is None


def test_an_unknown_expiry_counts_as_the_later_one(pair: Pair) -> None:
    pair.keychain.save("p", LATE)
    pair.file.save("p", {"access_token": "endless"})

    assert pair.load() == {"access_token": "endless"}


def test_a_refresh_saves_where_the_tokens_were_found_and_keeps_the_mark(pair: Pair) -> None:
    pair.keychain.trouble = StoreLocked
    done(pair.auto.place("p", EARLY))
    pair.keychain.trouble = None

    done(pair.again().save("p", NEW))

    assert pair.file.load("p") == {**NEW, MARK: "not now"}
    assert pair.keychain.load("p") is None
    assert pair.load() == NEW


def test_a_refresh_never_moves_a_login_out_of_a_keychain_that_fails(pair: Pair) -> None:
    pair.keychain.save("p", EARLY)
    auto = pair.again()
    done(auto.load("p"))
    pair.keychain.trouble = StoreFailed

    with pytest.raises(StoreFailed):
        done(auto.save("p", NEW))
    assert pair.file.load("p") is None


def test_a_loser_that_cannot_be_removed_yet_does_not_fail_the_save(pair: Pair) -> None:
    pair.keychain.save("p", EARLY)
    pair.file.save("p", LATE)
    auto = pair.again()
    done(auto.load("p"))
    pair.keychain.trouble = StoreLocked
    done(auto.save("p", NEW))
    assert pair.file.load("p") == NEW

    pair.keychain.trouble = None
    assert pair.load() == NEW


def test_a_login_fails_if_an_old_file_would_hide_it(pair: Pair) -> None:
    pair.file.trouble = StoreFailed

    with pytest.raises(StoreFailed):
        done(pair.auto.place("p", NEW))


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
    auto = locked.again()
    assert not done(auto.unlock("p"))
    assert done(auto.load("p")) is not None
    assert not done(auto.unlock("p"))
    assert asked(locked) == 0
    assert done(auto.unlock("p", everywhere=True))
    assert asked(locked) == 1


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
