"""Every profile store keeps the contract."""

from pathlib import Path

import pytest
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.profiles.on_disk import Unshared, profiles_on_disk
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.ports.profiles import ProfileStore, Users
from promptvm_oauth.testing.profile_store_contract import ProfileStoreContract


def never(*_: object) -> bool:
    raise AssertionError


class TestMemoryProfiles(ProfileStoreContract):
    def make_profiles(self) -> ProfileStore:
        return MemoryProfiles()


class TestYamlProfiles(ProfileStoreContract):
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        self.directory = tmp_path / "promptvm"

    def make_profiles(self) -> ProfileStore:
        return YamlProfiles(self.directory)


class TestSharedProfiles(TestYamlProfiles):
    def make_profiles(self) -> ProfileStore:
        return profiles_on_disk(str(self.directory), never, Unshared("", (), never, users=Users.ONE))


class TestUnsharedProfiles(TestYamlProfiles):
    def make_profiles(self) -> ProfileStore:
        def disagree(*_: object) -> bool:
            return False

        unshared = Unshared("vault", (MemoryStore(),), disagree, users=Users.ONE)
        return profiles_on_disk(str(self.directory), never, unshared)


class TestUnsharedProfilesOfManyUsers(TestYamlProfiles):
    def make_profiles(self) -> ProfileStore:
        unshared = Unshared("vault", (MemoryStore(),), never, users=Users.MANY)
        return profiles_on_disk(str(self.directory), never, unshared)


class TestYamlProfilesWithoutLibyaml(TestYamlProfiles):
    @pytest.fixture(autouse=True)
    def without_libyaml(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr("yaml.CSafeLoader")
        monkeypatch.delattr("yaml.CSafeDumper")
