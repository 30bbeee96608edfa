"""A text that a keychain does not take whole is kept in parts, and a crash leaves one text or the other."""

import json
from itertools import count
from threading import Event

import pytest
from promptvm_oauth.adapters.keyring.backend import Accounts
from promptvm_oauth.adapters.keyring.entry import MAX_TEXT, PART, Entry
from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.ports.errors import StoreCorrupt

OLD = "o" * 4000
NEW = "n" * 5000
LIMIT = 1280


class Crash(BaseException):
    """The process ends here."""


class Vault:
    """Takes 1,280 characters of UTF-16 a value, and ends after a number of changes."""

    priority = 5

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.changes = 0
        self.last: int | None = None

    def get_password(self, service: str, username: str, /) -> str | None:
        return self.values.get(username)

    def set_password(self, service: str, username: str, password: str, /) -> None:
        if len(password.encode("utf-16-le")) > 2 * LIMIT:
            raise OSError(1783, "CredWrite", "The stub received bad data")
        self._change()
        self.values[username] = password

    def delete_password(self, service: str, username: str, /) -> None:
        self._change()
        del self.values[username]

    def _change(self) -> None:
        if self.last is not None and self.changes >= self.last:
            raise Crash
        self.changes += 1


def entry(vault: Vault) -> Entry:
    return Entry(Accounts([vault], "service", Event()), "work")


def test_a_text_that_fits_is_one_value() -> None:
    vault = Vault()
    entry(vault).write("x" * LIMIT)
    assert vault.values == {"work": "x" * LIMIT}
    assert entry(vault).read() == "x" * LIMIT


def test_a_blob_of_2561_bytes_goes_into_parts_with_a_manifest() -> None:
    vault = Vault()
    entry(vault).write("x" * (LIMIT + 1))
    assert set(vault.values) == {"work", "work:a:0", "work:a:1"}
    assert json.loads(vault.values["work"])["parts"] == 2
    assert entry(vault).read() == "x" * (LIMIT + 1)


@pytest.mark.parametrize("shift", range(13))
def test_an_emoji_at_the_edge_of_a_part_comes_back(shift: int) -> None:
    vault = Vault()
    store = KeyringStore(backend=vault)
    fields = {"access_token": "a" * shift + "🔑" * 500}
    store.save("work", fields)
    assert "work:a:0" in vault.values
    assert store.load("work") == fields


@pytest.mark.parametrize("account", ["work:a:0", "work:a:3"])
def test_a_missing_part_is_corrupt(account: str) -> None:
    vault = Vault()
    entry(vault).write(OLD)
    del vault.values[account]
    with pytest.raises(StoreCorrupt, match="log in again"):
        entry(vault).read()
    entry(vault).delete()
    assert vault.values == {}


def test_a_stale_part_is_corrupt() -> None:
    vault = Vault()
    entry(vault).write(OLD)
    vault.values["work:a:1"] = "s" * PART
    with pytest.raises(StoreCorrupt, match="log in again"):
        entry(vault).read()


@pytest.mark.parametrize("damaged", ["work:a:0", "work"])
def test_a_new_text_replaces_a_damaged_one_and_leaves_nothing_of_it(damaged: str) -> None:
    vault = Vault()
    entry(vault).write(OLD)
    vault.values[damaged] = "damaged"
    entry(vault).write(NEW)
    assert entry(vault).read() == NEW
    entry(vault).delete()
    assert vault.values == {}


def crash_at_every_change(before: str, after: str) -> set[str | None]:
    """Write over a text, ending after each number of changes in turn, and give what was read afterwards."""
    outcomes: set[str | None] = set()
    for last in count():
        vault = Vault()
        entry(vault).write(before)
        vault.last = vault.changes + last
        try:
            entry(vault).write(after)
        except Crash:
            outcomes.add(entry(vault).read())
        else:
            return outcomes | {entry(vault).read()}
        vault.last = None
        entry(vault).write("short")
        assert entry(vault).read() == "short"
        entry(vault).delete()
        assert vault.values == {}
    return outcomes


@pytest.mark.parametrize(("before", "after"), [(OLD, NEW), (NEW, OLD), ("short", NEW), (OLD, "short")])
def test_a_crash_at_any_change_leaves_the_old_text_or_the_new_one_and_no_rubbish(before: str, after: str) -> None:
    assert crash_at_every_change(before, after) == {before, after}


def test_a_text_that_is_replaced_while_it_is_read_is_read_again() -> None:
    class Busy(Vault):
        def get_password(self, service: str, username: str, /) -> str | None:
            value = super().get_password(service, username)
            if username == "work" and self.replacing:
                self.replacing = False
                entry(self).write(NEW)
            return value

        replacing = False

    vault = Busy()
    entry(vault).write(OLD)
    vault.replacing = True
    assert entry(vault).read() == NEW


@pytest.mark.parametrize("parts", [0, -1, 10**9, True, "2", None])
def test_a_manifest_that_cannot_be_ours_is_not_followed(parts: object) -> None:
    vault = Vault()
    text = json.dumps({"slot": "a", "parts": parts, "sha256": "x"})
    vault.values["work"] = text
    if parts is True:  # JSON's true is the number one to Python: the part is missing
        with pytest.raises(StoreCorrupt):
            entry(vault).read()
    else:
        assert entry(vault).read() == text


def test_a_text_without_end_is_corrupt() -> None:
    vault = Vault()
    vault.values["work"] = "x" * (MAX_TEXT + 1)
    with pytest.raises(StoreCorrupt):
        entry(vault).read()
