"""Every secret store that needs no keychain keeps the contract."""

import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.ports.errors import StoreFailed
from promptvm_oauth.ports.secrets import SecretStore
from promptvm_oauth.testing.secret_store_contract import SecretStoreContract


def _full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class TestMemoryStore(SecretStoreContract):
    def make_store(self) -> SecretStore:
        return MemoryStore()


class TestEncryptedFileStore(SecretStoreContract):
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        self.directory = tmp_path / "promptvm"

    def make_store(self) -> SecretStore:
        return EncryptedFileStore(self.directory)

    def reopen(self, store: SecretStore) -> SecretStore:
        return EncryptedFileStore(self.directory)

    def interrupted_saves(self, store: SecretStore, profile: str, fields: Mapping[str, str]) -> Iterator[None]:
        for step in ("write", "fsync", "replace"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(os, step, _full_disk)
                with pytest.raises(StoreFailed):
                    store.save(profile, fields)
            yield
