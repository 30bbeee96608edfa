"""Who could answer a prompt of the keychain, and for how long it may wait for them."""

import sys

import pytest
from promptvm_oauth.adapters.keyring.keychain import keychain, own_keychain, prompt_seconds, why_unseen
from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.ports.profiles import Users


@pytest.mark.parametrize(
    ("environ", "at_terminal", "seconds"),
    [
        ({}, False, 5.0),
        ({"DISPLAY": ""}, False, 5.0),
        ({"DISPLAY": ":0"}, False, 60.0),
        ({"WAYLAND_DISPLAY": "wayland-0"}, False, 60.0),
        ({}, True, 60.0),
    ],
)
def test_a_user_at_a_terminal_or_a_display_has_a_minute(
    environ: dict[str, str], at_terminal: bool, seconds: float
) -> None:
    assert prompt_seconds(environ, at_terminal=at_terminal) == seconds


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
def test_who_came_by_ssh_would_not_see_a_prompt(name: str) -> None:
    assert "you are connected by SSH" in why_unseen({name: "x", "DISPLAY": ":0"})
    assert why_unseen({name: "", "DISPLAY": ":0"}) == ""


@pytest.mark.parametrize(("platform", "kind"), [("linux", SecretServiceStore), ("darwin", KeyringStore)])
def test_each_operating_system_has_its_keychain(platform: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    store, unshared = keychain()
    assert isinstance(store, kind)
    assert unshared == ("" if platform == "linux" else "promptvm-oauth")


@pytest.mark.parametrize(("ssh", "seconds"), [("", 60.0), ("192.0.2.1 50000 192.0.2.2 22", 5.0)])
def test_a_keychain_that_asks_by_itself_does_not_wait_for_who_came_by_ssh(
    ssh: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSH_CLIENT", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("SSH_CONNECTION", ssh)
    waited: list[float] = []

    def within(limit: float, *_: object, **__: object) -> None:
        waited.append(limit)

    monkeypatch.setattr("promptvm_oauth.adapters.keyring.store.call_within", within)
    store = own_keychain("a-service")
    assert isinstance(store, KeyringStore)
    store.unlock("work", lambda passed, limit: None)
    assert waited == [seconds]


def test_a_program_for_many_users_shares_no_keychain_with_the_go_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    store, unshared = keychain(Users.MANY)
    assert isinstance(store, KeyringStore)
    assert unshared == "promptvm-oauth"
