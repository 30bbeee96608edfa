"""One rig, two colours: every flow test runs through `OAuthClient` and through `AsyncOAuthClient`, on fakes alone."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.adapters.memory import MemoryProfiles, MemoryStore
from promptvm_oauth.ports.events import DeviceCodeIssued, Event
from promptvm_oauth.testing.auth_server import FakeAuthServer
from promptvm_oauth.testing.browser import FakeBrowser
from promptvm_oauth.testing.callback import FakeCallback
from promptvm_oauth.testing.clock import FakeClock


class Rig:
    """A client on fakes. `call` runs one of its methods in the rig's colour."""

    def __init__(self, colour: str) -> None:
        self.colour = colour
        self.clock = FakeClock()
        self.server = FakeAuthServer(self.clock)
        self.callback = FakeCallback(self.clock)
        self.store = MemoryStore()
        self.profiles = MemoryProfiles()
        self.events: list[Event] = []
        self.person: Callable[[str], str] = self.server.approve
        self.on_code: Callable[[str], None] = self.server.approve_device
        self.browser = FakeBrowser(self._visit, background=False)
        self.client = self.make()

    def make(self, **ports: Any) -> OAuthClient | AsyncOAuthClient:
        """Make a client; a port that is given replaces the rig's."""
        face = OAuthClient if self.colour == "blocking" else AsyncOAuthClient
        given: dict[str, Any] = {
            "http": self.server,
            "clock": self.clock,
            "browser": self.browser,
            "callback": self.callback,
            "secrets": self.store,
            "profiles": self.profiles,
            "on_event": self.hear,
            "base_url": self.server.base_url,
            "app_url": self.server.app_url,
        }
        return face(**(given | ports))

    def call(self, method: str, *args: Any, client: OAuthClient | AsyncOAuthClient | None = None, **kwargs: Any) -> Any:
        """Run a method of the client to its end."""
        bound = getattr(client or self.client, method)
        if self.colour == "blocking":
            return bound(*args, **kwargs)

        async def awaited() -> Any:
            return await bound(*args, **kwargs)

        return asyncio.run(awaited())

    def hear(self, event: Event) -> None:
        """Listen, and play the person who types the code."""
        self.events.append(event)
        if isinstance(event, DeviceCodeIssued):
            self.on_code(event.user_code)

    def heard(self) -> list[str]:
        """Give the names of the events so far."""
        return [type(event).__name__ for event in self.events]

    def fields(self, profile: str = "default") -> Mapping[str, str]:
        """Give what the store holds for a profile."""
        return self.store.load(profile) or {}

    def _visit(self, url: str) -> None:
        authorize_url = self.callback.follow(url)
        assert authorize_url is not None
        if redirect := self.person(authorize_url):
            self.callback.deliver(redirect)


@pytest.fixture(params=["blocking", "asyncio"])
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Give a rig in each colour, in an environment that says nothing."""
    for name in ("BASE_URL", "APP_URL", "API_KEY", "PUBLIC_KEY", "SECRET_KEY", "HEADLESS", "DEVICE_NAME"):
        monkeypatch.delenv(f"PROMPTVM_{name}", raising=False)
    return Rig(request.param)
