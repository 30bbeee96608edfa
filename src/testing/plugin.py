"""Fixtures for pytest. Installing promptvm-oauth is enough to have them; nothing is done for tests that use none.

    def test_a_login(promptvm):
        with OAuthClient(**promptvm.ports()) as client:
            assert client.login().user.email == "ada@example.com"

It is loaded in every run of pytest, so it imports nothing of ours until a fixture is used.
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

# Their failures then show both sides of an assertion.
pytest.register_assert_rewrite(*(f"promptvm_oauth.testing.{port}_contract" for port in _CONTRACTS))


@pytest.fixture
def no_real_promptvm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep this test away from the real PromptVM, browser, home directory and keychain, whatever client it makes.

    What the environment says about PromptVM and about where the program runs is unset, so that `flow="auto"` is the
    browser flow in CI and over SSH as well; the API's base URL names a host that does not exist.

    Returns:
        The home directory of this test; it need not exist.
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
        "DISPLAY": os.environ.get("DISPLAY") or ":0",  # for the choice of the flow; nothing is shown there
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "APPDATA": str(home / "AppData"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    for name, value in instead.items():
        monkeypatch.setenv(name, value)
    if "keyring.core" in sys.modules:  # it has chosen a backend perhaps; without one it looks at the variable again
        monkeypatch.setattr("keyring.core._keyring_backend", None)
    return home


@pytest.fixture
def fake_clock() -> Iterator[FakeClock]:
    """Give the clock of `promptvm`, which jumps by itself; really sleeping for more than 0.1 s fails the test."""
    from .clock import FakeClock
    from .real_sleep import no_real_sleep

    with no_real_sleep():
        yield FakeClock()


@pytest.fixture
def memory_store() -> MemoryStore:
    """Give the secret store of `promptvm`, still empty."""
    from ..adapters.stores.memory import MemoryStore

    return MemoryStore()


@pytest.fixture
def forbidden_browser() -> ForbiddenBrowser:
    """Give a browser that fails the test when it is opened."""
    from .browser import ForbiddenBrowser

    return ForbiddenBrowser()


@pytest.fixture
def promptvm(no_real_promptvm: Path, fake_clock: FakeClock, memory_store: MemoryStore) -> FakePromptVM:  # noqa: ARG001 (it guards)
    """Give a PromptVM on fakes, whose person approves: `OAuthClient(**promptvm.ports())`."""
    from .promptvm import FakePromptVM

    return FakePromptVM(clock=fake_clock, store=memory_store)
