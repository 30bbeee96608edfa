"""The example store passes the shipped contract, and the contract notices a store with a defect."""

import importlib.util
import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth.ports.secrets import SecretStore
from promptvm_oauth.testing import MemoryStore, SecretStoreContract

EXAMPLE = Path(__file__).parents[2] / "examples" / "sqlite_store.py"


def sqlite_store(path: Path) -> SecretStore:
    spec = importlib.util.spec_from_file_location("sqlite_store", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    store: SecretStore = module.SqliteStore(str(path))
    return store


class TestSqliteStore(SecretStoreContract):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.path = tmp_path / "secrets.sqlite"

    def make_store(self) -> SecretStore:
        self.path.unlink(missing_ok=True)
        return sqlite_store(self.path)

    def reopen(self, store: SecretStore) -> SecretStore:
        return sqlite_store(self.path)


class FakeVault:
    """What docs/secret-stores.md writes a store for."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, str]] = {}

    def get(self, path: str) -> dict[str, str] | None:
        found = self.kept.get(path)
        return None if found is None else dict(found)

    def put(self, path: str, fields: dict[str, str]) -> None:
        self.kept[path] = dict(fields)

    def remove(self, path: str) -> None:
        self.kept.pop(path, None)


class TestTheDocumentedStore(SecretStoreContract):
    def make_store(self) -> SecretStore:
        page = EXAMPLE.parents[1] / "docs" / "secret-stores.md"
        code = re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
        names: dict[str, Any] = {"vault": FakeVault(), "FakeVault": FakeVault}
        for block in code:
            exec(block, names)  # noqa: S102 (the documentation is ours)
        assert len(code[0].splitlines()) < 40
        store: SecretStore = names["TestVaultStore"]().make_store()
        return store


def test_the_example_is_under_40_lines_of_code() -> None:
    lines = EXAMPLE.read_text().partition("class SqliteStore")[2].splitlines()

    assert len(lines) < 40


class Merging(MemoryStore):
    """Keeps fields that a save left out."""

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        super().save(profile, {**(self.load(profile) or {}), **fields})


class Forgetful(MemoryStore):
    """Drops fields that it does not know."""

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        known = ("access_token", "refresh_token", "expires_at")
        super().save(profile, {name: value for name, value in fields.items() if name in known})


class CaseBlind(MemoryStore):
    """Takes two names that differ by case for one."""

    def load(self, profile: str) -> Mapping[str, str] | None:
        return super().load(profile.lower())

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        super().save(profile.lower(), fields)


class Picky(MemoryStore):
    """Fails to delete what is not there."""

    def delete(self, profile: str) -> None:
        if self.load(profile) is None:
            raise KeyError(profile)
        super().delete(profile)


class Empty(MemoryStore):
    """Gives an empty mapping for nothing."""

    def load(self, profile: str) -> Mapping[str, str] | None:
        return super().load(profile) or {}


class Cutting(MemoryStore):
    """Cuts long values."""

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        super().save(profile, {name: value[:2560] for name, value in fields.items()})


@pytest.mark.parametrize("make", [Merging, Forgetful, CaseBlind, Picky, Empty, Cutting])
def test_a_store_with_a_defect_fails_the_contract(make: Callable[[], SecretStore]) -> None:
    class Suite(SecretStoreContract):
        def make_store(self) -> SecretStore:
            return make()

    failed: list[str] = []
    for name, test in inspect.getmembers(Suite(), inspect.ismethod):
        if name.startswith("test_"):
            try:
                test()
            except (AssertionError, KeyError):
                failed.append(name)
    assert failed
