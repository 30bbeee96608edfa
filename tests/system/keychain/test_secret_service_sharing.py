"""The entries in a real gnome-keyring, seen by other programs: `secret-tool` stands for the Go tool."""

import time
from typing import TYPE_CHECKING, cast

import pytest
from keyring.backends import SecretService
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.ports.secrets import SecretStore
from promptvm_oauth.testing.secret_store_contract import SecretStoreContract

if TYPE_CHECKING:
    from collections.abc import Callable

    from promptvm_oauth.adapters.keyring.backend import Backend

    from .conftest import Keychain

FIELDS = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2030-01-01T00:00:00Z"}
ENTRIES = {"access": "access_token", "refresh": "refresh_token", "expires": "expires_at"}


class TestSecretServiceStore(SecretStoreContract):
    @pytest.fixture(autouse=True)
    def place(self, keychain: "Keychain") -> None:
        self.keychain = keychain

    def make_store(self) -> SecretStore:
        return SecretServiceStore()

    def reopen(self, store: SecretStore) -> SecretStore:
        return SecretServiceStore()


def of_the_go_tool(entry: str, profile: str = "default") -> tuple[str, ...]:
    return "service", "promptvm-cli", "username", f"promptvm-cli:{profile}:{entry}"


def store_as_the_go_tool(keychain: "Keychain", fields: dict[str, str]) -> None:
    for entry, field in ENTRIES.items():
        keychain.secret_tool("store", "--label=of the Go tool", *of_the_go_tool(entry), stdin=fields[field])


def test_a_login_of_the_go_tool_is_read(keychain: "Keychain") -> None:
    store_as_the_go_tool(keychain, FIELDS)
    assert SecretServiceStore().load("default") == FIELDS


def test_the_go_tool_finds_what_is_saved_here(keychain: "Keychain") -> None:
    SecretServiceStore().save("default", FIELDS | {"server": "https://login.example"})
    for entry, field in ENTRIES.items():
        assert keychain.secret_tool("lookup", *of_the_go_tool(entry)) == FIELDS[field]
        attributes = {"service": "promptvm-cli", "username": f"promptvm-cli:default:{entry}"}
        assert keychain.attributes(f"promptvm-cli:default:{entry}") == [attributes]


def test_writing_over_a_login_of_the_go_tool_leaves_one_item_an_entry(keychain: "Keychain") -> None:
    store_as_the_go_tool(keychain, dict.fromkeys(FIELDS, "old"))
    store = SecretServiceStore()
    store.save("default", FIELDS)
    for entry, field in ENTRIES.items():
        assert len(keychain.attributes(f"promptvm-cli:default:{entry}")) == 1
        assert keychain.secret_tool("lookup", *of_the_go_tool(entry)) == FIELDS[field]
    store_as_the_go_tool(keychain, dict.fromkeys(FIELDS, "newer"))
    assert store.load("default") == dict.fromkeys(FIELDS, "newer")


def test_a_login_without_a_refresh_token_removes_the_old_one(keychain: "Keychain") -> None:
    store_as_the_go_tool(keychain, FIELDS)
    SecretServiceStore().save("default", {"access_token": "access-2"})
    assert keychain.secret_tool("lookup", *of_the_go_tool("access")) == "access-2"
    assert keychain.secret_tool("lookup", *of_the_go_tool("refresh")) == ""
    assert keychain.secret_tool("lookup", *of_the_go_tool("expires")) == ""


def test_after_a_logout_the_go_tool_is_logged_out_too(keychain: "Keychain") -> None:
    store_as_the_go_tool(keychain, FIELDS)
    SecretServiceStore().delete("default")
    assert keychain.secret_tool("search", "--all", "service", "promptvm-cli") == ""


def test_a_second_item_of_python_keyring_is_read_healed_and_deleted(keychain: "Keychain") -> None:
    store = SecretServiceStore()
    store_as_the_go_tool(keychain, FIELDS)
    time.sleep(1.1)  # times of change are whole seconds
    python = cast("Callable[[], Backend]", SecretService.Keyring)()
    python.set_password("promptvm-cli", "promptvm-cli:default:access", "of-python")
    assert len(keychain.attributes("promptvm-cli:default:access")) == 2
    assert store.load("default") == FIELDS | {"access_token": "of-python"}
    store.save("default", FIELDS)
    assert len(keychain.attributes("promptvm-cli:default:access")) == 1
    assert store.load("default") == FIELDS
    python.set_password("promptvm-cli", "promptvm-cli:default:access", "of-python")
    store.delete("default")
    assert store.load("default") is None
    assert keychain.attributes("promptvm-cli:default:access") == []


@pytest.mark.parametrize("order", [("2029", "2030"), ("2030", "2029")])
def test_of_items_of_the_same_second_those_with_the_later_expiry_count(
    order: tuple[str, str], keychain: "Keychain"
) -> None:
    time.sleep(1 - time.time() % 1)  # all of them within one second
    for year in order:
        for entry in ENTRIES:
            content = f"{year}-01-01T00:00:00Z" if entry == "expires" else year
            keychain.add(f"promptvm-cli:default:{entry}", content)
    assert SecretServiceStore().load("default") == {
        "access_token": "2030",
        "refresh_token": "2030",
        "expires_at": "2030-01-01T00:00:00Z",
    }
