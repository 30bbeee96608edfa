"""A PromptVM on this machine, over real HTTP, for tests that start programs or visit pages."""

from collections.abc import Generator

import pytest
from promptvm_oauth.devserver import DevServer, Settings


@pytest.fixture
def settings() -> Settings:
    """Returns the settings of `dev_server`; a file of tests that needs others has a fixture of this name of its own."""
    return Settings()


@pytest.fixture
def dev_server(settings: Settings) -> Generator[DevServer]:
    """Returns a server that runs for the length of the test."""
    with DevServer(settings=settings) as running:
        yield running


@pytest.fixture
def without_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the programs of a test run as on a server, where no browser can be opened."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "CI", "SSH_CONNECTION", "PROMPTVM_HEADLESS"):
        monkeypatch.delenv(name, raising=False)
