"""The store over a keyring backend keeps the contract, whatever the backend's limits."""

from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.ports.secrets import SecretStore
from promptvm_oauth.testing.keyring_backend import MemoryKeyring
from promptvm_oauth.testing.secret_store_contract import SecretStoreContract

WINDOWS_LIMIT = 2560


class WindowsKeyring(MemoryKeyring):
    """What the Windows vault does to values and names: 2,560 bytes of UTF-16, and capitals that make no difference."""

    def get_password(self, service: str, username: str, /) -> str | None:
        return super().get_password(service, username.lower())

    def set_password(self, service: str, username: str, password: str, /) -> None:
        if len(password.encode("utf-16-le")) > WINDOWS_LIMIT:
            raise OSError(1783, "CredWrite", "The stub received bad data")
        super().set_password(service, username.lower(), password)

    def delete_password(self, service: str, username: str, /) -> None:
        super().delete_password(service, username.lower())


class TestKeyringStore(SecretStoreContract):
    def make_store(self) -> SecretStore:
        self.backend = MemoryKeyring()
        return KeyringStore(backend=self.backend)

    def reopen(self, store: SecretStore) -> SecretStore:
        return KeyringStore(backend=self.backend)

    def test_each_profile_is_one_account(self) -> None:
        store = self.make_store()
        store.save("contract-work", {"access_token": "a" * 100_000})
        assert list(self.backend.passwords) == [("promptvm-oauth", "contract-work")]


class TestKeyringStoreInParts(SecretStoreContract):
    def make_store(self) -> SecretStore:
        self.backend = WindowsKeyring()
        return KeyringStore(backend=self.backend)

    def reopen(self, store: SecretStore) -> SecretStore:
        return KeyringStore(backend=self.backend)

    def test_deleting_leaves_no_part(self) -> None:
        store = self.make_store()
        store.save("contract-work", {"access_token": "a" * 10_000})
        store.save("contract-work", {"access_token": "b" * 20_000})
        assert len(self.backend.passwords) > 10
        store.delete("contract-work")
        assert self.backend.passwords == {}
