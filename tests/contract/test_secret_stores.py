"""Every secret store that needs no keychain keeps the contract."""

from pathlib import Path

import pytest
from promptvm_oauth.adapters.encrypted_file import EncryptedFileStore
from promptvm_oauth.adapters.memory import MemoryStore
from promptvm_oauth.ports.secrets import SecretStore
from promptvm_oauth.testing.secret_store_contract import SecretStoreContract


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
