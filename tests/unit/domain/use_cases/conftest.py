"""One rig, two colours: every flow test runs through `OAuthClient` and through `AsyncOAuthClient`, on fakes alone."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.testing import FakePromptVM

if TYPE_CHECKING:
    from collections.abc import Callable


class Rig(FakePromptVM):
    """A PromptVM on fakes with a client. `call` runs one of the client's methods in the rig's colour."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.colour = colour
        self.person: Callable[[str], str] = self.server.approve
        self.on_page = lambda authorize_url: self.person(authorize_url)  # noqa: PLW0108 (tests change the person)
        self.client = self.make()

    def make(self, **ports: Any) -> OAuthClient | AsyncOAuthClient:
        """Make a client; a port that is given replaces the rig's, the listener too."""
        face = OAuthClient if self.colour == "blocking" else AsyncOAuthClient
        given: dict[str, Any] = {**self.ports(), **ports}
        return face(**given)

    def call(self, method: str, *args: Any, client: OAuthClient | AsyncOAuthClient | None = None, **kwargs: Any) -> Any:
        """Run a method of the client to its end."""
        bound = getattr(client or self.client, method)
        if self.colour == "blocking":
            return bound(*args, **kwargs)

        async def awaited() -> Any:
            return await bound(*args, **kwargs)

        return asyncio.run(awaited())


class AtStep:
    """Calls `act` once, when the ports of a rig say that a flow reaches a step."""

    def __init__(self, rig: Rig, step: str) -> None:
        self._rig = rig
        self._steps = [step]
        self.act: Callable[[], object] = lambda: None

    def at(self, step: str) -> None:
        if step in self._steps:
            self._steps.remove(step)
            self.act()


@pytest.fixture(params=["blocking", "asyncio"])
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Returns a rig in each colour, in an environment that says nothing."""
    for name in ("BASE_URL", "APP_URL", "API_KEY", "PUBLIC_KEY", "SECRET_KEY", "HEADLESS", "DEVICE_NAME"):
        monkeypatch.delenv(f"PROMPTVM_{name}", raising=False)
    return Rig(request.param)
