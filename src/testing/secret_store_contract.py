"""What every secret store must do, as tests: subclass `SecretStoreContract` and implement `make_store`."""
# ruff: noqa: S105 - its tokens are not secret

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from ..ports.errors import StoreError
from ..ports.secrets import SecretStore

_WORK = "contract-work"
_HOME = "contract-home"

_PAIR = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2030-12-31T23:59:59Z"}


class SecretStoreContract:
    """The secrets port's contract. Profiles are called `contract-…`."""

    def make_store(self) -> SecretStore:
        """Returns an empty store."""
        raise NotImplementedError

    def reopen(self, store: SecretStore) -> SecretStore:
        """Returns a second instance over the same data; by default the same instance, for stores in memory."""
        return store

    def interrupted_saves(self, store: SecretStore, profile: str, fields: Mapping[str, str]) -> Iterator[None]:
        """Saves repeatedly, interrupting each write at a later step; yields after each. The default yields nothing."""
        del store, profile, fields
        yield from ()

    def test_what_was_saved_is_given_back(self) -> None:
        """All fields, and no others."""
        store = self.make_store()
        store.save(_WORK, _PAIR)
        assert store.load(_WORK) == _PAIR

    def test_a_profile_without_fields_loads_as_none(self) -> None:
        """It is neither an error nor an empty mapping."""
        assert self.make_store().load(_WORK) is None

    def test_save_replaces_all_fields(self) -> None:
        """A field that is not passed again is removed."""
        store = self.make_store()
        store.save(_WORK, _PAIR)
        store.save(_WORK, {"access_token": "access-2"})
        assert store.load(_WORK) == {"access_token": "access-2"}

    def test_unknown_fields_are_kept(self) -> None:
        """Later versions add fields, and other servers have fields of their own."""
        store = self.make_store()
        fields = {**_PAIR, "server": "https://login.example", "dpop_key": "{}", "of_tomorrow": "x"}
        store.save(_WORK, fields)
        assert store.load(_WORK) == fields

    def test_any_text_comes_back_unchanged(self) -> None:
        """Letters of all scripts, line breaks, quotes, leading and trailing spaces."""
        store = self.make_store()
        fields = {"access_token": " \"ä\\ñ\t\r\n€ 漢字 🔑\u202e' ", "refresh_token": "go-keyring-base64:abc"}
        store.save(_WORK, fields)
        assert store.load(_WORK) == fields

    def test_long_values_come_back_whole(self) -> None:
        """A hundred thousand characters, with wide ones wherever a store may split the value."""
        store = self.make_store()
        fields = {"access_token": "🔑a" * 25_000, "refresh_token": "b" * 50_000}
        store.save(_WORK, fields)
        assert store.load(_WORK) == fields

    def test_a_shorter_value_leaves_nothing_of_a_longer_one(self) -> None:
        """A store that splits values must delete the old parts."""
        store = self.make_store()
        store.save(_WORK, {"access_token": "a" * 100_000})
        store.save(_WORK, {"access_token": "short"})
        assert store.load(_WORK) == {"access_token": "short"}

    def test_two_profiles_do_not_touch_each_other(self) -> None:
        """Neither by saving nor by deleting."""
        store = self.make_store()
        store.save(_WORK, _PAIR)
        store.save(_HOME, {"access_token": "of-home"})
        store.delete(_WORK)
        assert store.load(_WORK) is None
        assert store.load(_HOME) == {"access_token": "of-home"}

    def test_names_that_differ_only_by_case_never_share_tokens(self) -> None:
        """Both are stored; a case-insensitive store refuses the second and keeps the first."""
        store = self.make_store()
        store.save(_WORK, _PAIR)
        try:
            store.save(_WORK.upper(), {"access_token": "of-the-other"})
        except StoreError:
            pass
        else:
            assert store.load(_WORK.upper()) == {"access_token": "of-the-other"}
        assert store.load(_WORK) == _PAIR

    def test_a_deleted_profile_loads_as_none(self) -> None:
        """It can be saved again."""
        store = self.make_store()
        store.save(_WORK, _PAIR)
        store.delete(_WORK)
        assert store.load(_WORK) is None
        store.save(_WORK, {"access_token": "access-2"})
        assert store.load(_WORK) == {"access_token": "access-2"}

    def test_deleting_what_is_not_there_is_no_error(self) -> None:
        """Deleting it twice is not an error either."""
        store = self.make_store()
        store.delete(_WORK)
        store.save(_HOME, _PAIR)
        store.delete(_WORK)
        assert store.load(_HOME) == _PAIR

    def test_the_mapping_that_is_given_out_is_a_copy(self) -> None:
        """Changing it, or the mapping that was saved, does not change what is stored."""
        store = self.make_store()
        fields = dict(_PAIR)
        store.save(_WORK, fields)
        fields["access_token"] = "changed"
        loaded = store.load(_WORK)
        if isinstance(loaded, dict):
            loaded.clear()
        assert store.load(_WORK) == _PAIR

    def test_concurrent_writers_never_tear_a_pair(self) -> None:
        """Every load returns fields that were saved together."""
        store = self.make_store()
        store.save(_WORK, {"access_token": "first", "refresh_token": "first"})

        def write(writer: int) -> None:
            for turn in range(8):
                value = f"{writer}-{turn}" * 200
                store.save(_WORK, {"access_token": value, "refresh_token": value})

        def read() -> list[bool]:
            loads = [store.load(_WORK) for _ in range(24)]
            return [fields is not None and fields["access_token"] == fields["refresh_token"] for fields in loads]

        with ThreadPoolExecutor(max_workers=4) as pool:
            writers = [pool.submit(write, writer) for writer in range(3)]
            whole = pool.submit(read).result()
            for done in writers:
                done.result()
        assert all(whole)

    def test_a_write_that_breaks_off_leaves_the_old_fields_or_the_new(self) -> None:
        """Never a mixture of both, and never nothing."""
        store = self.make_store()
        store.save(_WORK, _PAIR)
        new = {"access_token": "a2", "refresh_token": "r2", "expires_at": "2030-01-01T00:00:00Z"}
        for _ in self.interrupted_saves(store, _WORK, new):
            assert self.reopen(store).load(_WORK) in (_PAIR, new)
        store.save(_WORK, new)
        assert store.load(_WORK) == new

    def test_a_second_instance_sees_what_the_first_saved(self) -> None:
        """The first sees what the second deleted."""
        store = self.make_store()
        second = self.reopen(store)
        store.save(_WORK, _PAIR)
        assert second.load(_WORK) == _PAIR
        second.delete(_WORK)
        assert store.load(_WORK) is None
