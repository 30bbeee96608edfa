"""Who could answer a prompt of the keychain, and for how long it may wait for them."""

import sys

import pytest
from promptvm_oauth.adapters.keyring.keychain import keychain, prompt_seconds, why_unseen
from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore


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
    assert isinstance(keychain(), kind)
