"""The encrypted file store: the bytes that it shares with the Go tool, its key, and which names it takes."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.ports.errors import StoreCorrupt, StoreRefused

from .conftest import KEY, PAIR, put, put_foreign


class TestFormat:
    def test_a_file_is_nonce_ciphertext_and_tag_of_a_json_object_that_names_its_profile(self, directory: Path) -> None:
        EncryptedFileStore(directory).save("work", PAIR)
        key = (directory / "tokens" / ".master").read_bytes()
        sealed = (directory / "tokens" / "work.enc").read_bytes()
        assert len(key) == 32
        assert json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], None)) == {**PAIR, "profile": "work"}

    def test_no_nonce_is_used_twice(self, directory: Path) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        first = (directory / "tokens" / "work.enc").read_bytes()
        store.save("work", PAIR)
        second = (directory / "tokens" / "work.enc").read_bytes()
        assert first[:12] != second[:12]

    def test_a_file_of_the_go_tool_is_read(self, directory: Path, tokens: Path) -> None:
        put_foreign(tokens, PAIR)
        assert EncryptedFileStore(directory).load("work") == PAIR

    @pytest.mark.parametrize("expiry", ["0001-01-01T00:00:00Z", None, ""])
    def test_an_expiry_that_says_nothing_is_left_out(self, directory: Path, tokens: Path, expiry: str | None) -> None:
        put_foreign(tokens, {"access_token": "a", "expires_at": expiry})
        assert EncryptedFileStore(directory).load("work") == {"access_token": "a"}

    def test_unknown_members_that_are_no_text_are_passed_over(self, directory: Path, tokens: Path) -> None:
        put_foreign(tokens, {"access_token": "a", "scopes": ["x"], "version": 2, "of_tomorrow": "x"})
        assert EncryptedFileStore(directory).load("work") == {"access_token": "a", "of_tomorrow": "x"}

    def test_a_load_makes_no_key_and_no_directory(self, directory: Path) -> None:
        assert EncryptedFileStore(directory).load("work") is None
        assert not directory.exists()

    def test_a_key_without_tokens_is_no_login(self, directory: Path, tokens: Path) -> None:
        put(tokens / ".master", KEY)
        assert EncryptedFileStore(directory).load("work") is None

    def test_a_key_that_is_there_is_used_and_kept(self, directory: Path, tokens: Path) -> None:
        put(tokens / ".master", KEY)
        EncryptedFileStore(directory).save("work", PAIR)
        assert (tokens / ".master").read_bytes() == KEY

    def test_deleting_leaves_the_key_for_the_other_profiles(self, directory: Path) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        store.save("home", PAIR)
        store.delete("work")
        assert store.load("home") == PAIR
        assert sorted(os.listdir(directory / "tokens")) == [".master", "home.enc"]


class TestNames:
    @pytest.mark.parametrize(
        "profile", ["", ".", "..", "../../x", "a/b", "a\\b", "a\x00b", "a b", "ä", "a\n", "x" * 201, "\u202ex"]
    )
    def test_a_name_that_cannot_be_a_file_name_is_refused(self, directory: Path, profile: str) -> None:
        store = EncryptedFileStore(directory)
        with pytest.raises(StoreRefused):
            store.load(profile)
        with pytest.raises(StoreRefused):
            store.save(profile, PAIR)
        with pytest.raises(StoreRefused):
            store.delete(profile)
        assert not directory.exists()

    @pytest.mark.parametrize("profile", ["x" * 200, "-", "...", ".master", "a.enc.corrupt", "con"])
    def test_any_other_name_is_a_file_of_its_own(self, directory: Path, profile: str) -> None:
        store = EncryptedFileStore(directory)
        store.save("a", {"access_token": "of-a"})
        store.save(profile, PAIR)
        assert store.load(profile) == PAIR
        assert store.load("a") == {"access_token": "of-a"}

    def test_where_case_does_not_count_a_namesake_is_neither_read_replaced_nor_deleted(self, directory: Path) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        tokens = directory / "tokens"
        os.link(tokens / "work.enc", tokens / "Work.enc")  # what a file system without case would show
        with pytest.raises(StoreCorrupt, match="another profile"):
            store.load("Work")
        with pytest.raises(StoreRefused, match="'work'"):
            store.save("Work", {"access_token": "of-the-other"})
        store.delete("Work")
        assert (tokens / "Work.enc").exists()
        assert store.load("work") == PAIR


class TestMasterKey:
    def test_another_process_that_was_first_wins(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        link = os.link

        def late(source: str, target: str) -> None:
            if target.endswith(".master"):
                put(Path(target), KEY)
            link(source, target)

        monkeypatch.setattr(os, "link", late)
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        assert (directory / "tokens" / ".master").read_bytes() == KEY
        assert store.load("work") == PAIR

    def test_a_file_system_without_hard_links_works_too(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(source: str, target: str) -> None:
            raise PermissionError(errno.EPERM, "no hard links here", source, target)

        monkeypatch.setattr(os, "link", refuse)
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        assert store.load("work") == PAIR
        put(directory / "tokens" / "work.enc", b"damaged")
        store.save("work", PAIR)
        assert (directory / "tokens" / "work.enc.corrupt").read_bytes() == b"damaged"
        assert stat.S_IMODE((directory / "tokens" / ".master").stat().st_mode) == 0o600

    def test_a_good_key_that_took_the_place_of_a_damaged_one_is_put_back(
        self, directory: Path, tokens: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(tokens / ".master", b"damaged")
        replace = os.replace

        def late(source: str, target: str) -> None:
            if source.endswith(".master"):
                put(Path(source), KEY)
            replace(source, target)

        monkeypatch.setattr(os, "replace", late)
        EncryptedFileStore(directory).save("work", PAIR)
        assert (tokens / ".master").read_bytes() == KEY
