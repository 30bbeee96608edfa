"""Fixtures for pytest. Installing promptvm-oauth provides them; they do nothing for tests that do not use them.

    def test_a_login(promptvm):
        with OAuthClient(**promptvm.ports()) as client:
            assert client.login().user.email == "ada@example.com"

pytest loads this module in every run, so it imports nothing of this package until a fixture is used.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..adapters.stores.memory import MemoryStore
    from .browser import ForbiddenBrowser
    from .clock import FakeClock
    from .promptvm import FakePromptVM

_CONTRACTS = ("browser", "callback", "clock", "entropy", "http", "listener", "lock", "profile_store", "secret_store")

# Failures of the contracts then show both sides of an assertion.
pytest.register_assert_rewrite(*(f"promptvm_oauth.testing.{port}_contract" for port in _CONTRACTS))


@pytest.fixture
def no_real_promptvm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Prevents this test from using the real PromptVM, browser, home directory or keychain.

    It unsets the environment variables of PromptVM and those that show where the program runs, so that `flow="auto"` is
    the browser flow in CI and over SSH as well. The base URL of the API names a host that does not exist.

    Returns:
        The home directory of this test, which need not exist.
    """
    from ..ports.environment import SIGNS

    ours = [name for name in os.environ if name.startswith("PROMPTVM_")]
    for name in [*ours, *SIGNS, "DBUS_SESSION_BUS_ADDRESS"]:
        if not name.endswith("DISPLAY"):
            monkeypatch.delenv(name, raising=False)
    home = tmp_path / "no-real-promptvm"
    instead = {
        "PROMPTVM_BASE_URL": "https://api.promptvm.invalid",
        "BROWSER": "none",
        "DISPLAY": os.environ.get("DISPLAY") or ":0",  # for the choice of the flow; nothing is displayed
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "APPDATA": str(home / "AppData"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    for name, value in instead.items():
        monkeypatch.setenv(name, value)
    if "keyring.core" in sys.modules:  # it may have chosen a backend; unset, it reads the variable again
        monkeypatch.setattr("keyring.core._keyring_backend", None)
    return home


@pytest.fixture
def fake_clock() -> Iterator[FakeClock]:
    """Returns the clock of `promptvm`, on which sleeping is instant; a real sleep of more than 0.1 s fails the test."""
    from .clock import FakeClock
    from .real_sleep import no_real_sleep

    with no_real_sleep():
        yield FakeClock()


@pytest.fixture
def memory_store() -> MemoryStore:
    """Returns the empty secret store of `promptvm`."""
    from ..adapters.stores.memory import MemoryStore

    return MemoryStore()


@pytest.fixture
def forbidden_browser() -> ForbiddenBrowser:
    """Returns a browser that fails the test if it is opened."""
    from .browser import ForbiddenBrowser

    return ForbiddenBrowser()


@pytest.fixture
def promptvm(no_real_promptvm: Path, fake_clock: FakeClock, memory_store: MemoryStore) -> FakePromptVM:  # noqa: ARG001 (it isolates the test)
    """Returns a fake PromptVM whose user approves: `OAuthClient(**promptvm.ports())`."""
    from .promptvm import FakePromptVM

    return FakePromptVM(clock=fake_clock, store=memory_store)
