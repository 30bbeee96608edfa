"""What the encrypted file store makes of damaged and foreign files."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.ports.errors import StoreCorrupt

from .conftest import KEY, NONCE, PAIR, put, put_foreign


def flip(path: Path, index: int) -> None:
    content = bytearray(path.read_bytes())
    content[index] ^= 1
    path.write_bytes(content)


DAMAGES: Mapping[str, Callable[[Path], object]] = {
    "empty": lambda tokens: put(tokens / "work.enc", b""),
    "truncated": lambda tokens: put(tokens / "work.enc", (tokens / "work.enc").read_bytes()[:-1]),
    "only a nonce": lambda tokens: put(tokens / "work.enc", NONCE),
    "a flipped nonce": lambda tokens: flip(tokens / "work.enc", 0),
    "a flipped ciphertext": lambda tokens: flip(tokens / "work.enc", 20),
    "a flipped tag": lambda tokens: flip(tokens / "work.enc", -1),
    "a version byte": lambda tokens: put(tokens / "work.enc", b"\x01" + (tokens / "work.enc").read_bytes()),
    "old plaintext": lambda tokens: put(tokens / "work.enc", json.dumps(PAIR).encode()),
    "another key": lambda tokens: put(tokens / ".master", KEY[::-1]),
    "no key": lambda tokens: (tokens / ".master").unlink(),
    "a short key": lambda tokens: put(tokens / ".master", KEY[:31]),
    "a long key": lambda tokens: put(tokens / ".master", KEY + b"\n"),
    "not JSON": lambda tokens: put(
        tokens / "work.enc", NONCE + AESGCM((tokens / ".master").read_bytes()).encrypt(NONCE, b"{", None)
    ),
    "a list": lambda tokens: put_foreign(tokens, ["access-1"]),
    "a number for a token": lambda tokens: put_foreign(tokens, {"access_token": 1}),
    "a list for a token": lambda tokens: put_foreign(tokens, {"access_token": "a", "refresh_token": ["r"]}),
    "an object for a time": lambda tokens: put_foreign(tokens, {"access_token": "a", "expires_at": {}}),
    "another profile's": lambda tokens: put_foreign(tokens, {"access_token": "a", "profile": "home"}),
    "a hundred megabytes": lambda tokens: os.truncate(tokens / "work.enc", 100 * 1024 * 1024),
}


class TestDamage:
    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_a_damaged_file_is_reported_as_corrupt_and_stays_as_it_is(
        self, directory: Path, damage: Callable[[Path], object]
    ) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        damage(directory / "tokens")
        before = {path: path.stat().st_mtime_ns for path in (directory / "tokens").iterdir()}
        with pytest.raises(StoreCorrupt, match=r"tokens.*work\.enc") as caught:
            store.load("work")
        assert caught.value.needs_login
        assert caught.value.store == "file"
        assert {path: path.stat().st_mtime_ns for path in (directory / "tokens").iterdir()} == before

    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_a_new_login_keeps_the_damaged_file_aside_and_works(
        self, directory: Path, damage: Callable[[Path], object]
    ) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        damage(directory / "tokens")
        damaged = (directory / "tokens" / "work.enc").read_bytes()
        store.save("work", {"access_token": "access-2"})
        assert store.load("work") == {"access_token": "access-2"}
        assert (directory / "tokens" / "work.enc.corrupt").read_bytes() == damaged

    def test_two_files_that_were_swapped_are_both_refused(self, directory: Path) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        store.save("home", {"access_token": "of-home"})
        tokens = directory / "tokens"
        (tokens / "work.enc").rename(tokens / "aside")
        (tokens / "home.enc").rename(tokens / "work.enc")
        (tokens / "aside").rename(tokens / "home.enc")
        for profile in ("work", "home"):
            with pytest.raises(StoreCorrupt, match="another profile"):
                store.load(profile)

    def test_a_damaged_key_is_kept_aside_when_a_login_replaces_it(self, directory: Path) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        put(directory / "tokens" / ".master", b"short")
        store.save("work", PAIR)
        assert (directory / "tokens" / ".master.corrupt").read_bytes() == b"short"

    def test_a_good_file_is_never_kept_aside(self, directory: Path) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        store.save("work", PAIR)
        assert sorted(os.listdir(directory / "tokens")) == [".master", "work.enc"]

    def test_a_logout_removes_what_was_kept_aside_too(self, directory: Path, tokens: Path) -> None:
        store = EncryptedFileStore(directory)
        put(tokens / "work.enc", b"damaged")
        store.save("work", PAIR)
        store.delete("work")
        assert os.listdir(tokens) == [".master"]

    def test_a_logout_removes_a_damaged_file(self, directory: Path, tokens: Path) -> None:
        put(tokens / "work.enc", b"damaged")
        EncryptedFileStore(directory).delete("work")
        assert os.listdir(tokens) == []

    def test_no_error_shows_a_token(self, directory: Path, tokens: Path) -> None:
        put_foreign(tokens, {"access_token": "very-secret", "expires_at": 1})
        with pytest.raises(StoreCorrupt) as caught:
            EncryptedFileStore(directory).load("work")
        assert "very-secret" not in repr(caught.value)
        assert caught.value.__context__ is None
