"""The npm package oidc-provider on loopback, a person who uses its pages, and clients of both colours."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import httpx
import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.adapters.system.clock import AsyncClock, BlockingClock
from promptvm_oauth.ports.events import DeviceCodeIssued, Event
from promptvm_oauth.testing.browser import FakeBrowser

HERE = Path(__file__).parent
INSTALL_TIME = 180.0
PAGE_TIME = 15.0
INSPECTOR = ("inspector", "inspector-secret")


class StandardServer(NamedTuple):
    """A running server."""

    issuer: str

    def is_alive(self, token: str) -> bool:
        """Ask the server itself whether a token counts (RFC 7662)."""
        url = f"{self.issuer}/token/introspection"
        answer = httpx.post(url, data={"token": token}, auth=INSPECTOR, trust_env=False)
        answer.raise_for_status()
        return bool(answer.json()["active"])


def installed(cache: Path) -> Path:
    """Install the pinned package into a directory, unless it is there already; skip the test where that cannot be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not on this machine")
    lock = (HERE / "package-lock.json").read_bytes()
    done = cache / "installed-lock.json"
    if done.exists() and done.read_bytes() == lock:
        return cache
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, cache)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=INSTALL_TIME, check=False)
    if run.returncode:
        pytest.skip(f"the npm package oidc-provider could not be installed: {run.stderr[-500:]}")
    done.write_bytes(lock)
    return cache


@contextmanager
def running(modules: Path) -> Generator[StandardServer]:
    """Run a server until the block ends."""
    process = subprocess.Popen(
        ["node", str(HERE / "server.mjs")],
        env={**os.environ, "OIDC_MODULES": str(modules)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        try:
            assert issuer, "the server did not start"
            yield StandardServer(issuer)
        finally:
            process.kill()


class Person(FakeBrowser):
    """Opens a page and fills in every form until there is none; or follows the link that cancels."""

    def __init__(self, *, agrees: bool = True) -> None:
        super().__init__(self.visit)
        self._agrees = agrees

    def visit(self, url: str) -> str:
        """Go through the pages in this thread; give the text of the last one."""
        with httpx.Client(trust_env=False, follow_redirects=True, timeout=PAGE_TIME) as browser:
            page = browser.get(url)
            for _ in range(8):
                form = _Form(page.text)
                if not self._agrees and form.cancel:
                    return browser.get(page.url.join(form.cancel)).text
                if not self._agrees and "confirm" in form.fields:
                    form.fields["abort"] = "yes"
                if form.action is None:
                    break
                page = browser.post(page.url.join(form.action), data=form.fields)
        return page.text

    def hear(self, event: Event) -> None:
        """Open the page of a device code beside the program."""
        if isinstance(event, DeviceCodeIssued):
            assert event.openable
            Thread(target=self.visit, args=(event.verification_uri_complete,), daemon=True).start()


class _Form(HTMLParser):
    """The first form of a page, filled in, and where a link cancels."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.cancel = ""
        self.fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = values.get("action", "")
        elif tag == "input" and values.get("name"):
            self.fields[values["name"]] = values.get("value") or "ada"
        elif tag == "a" and values.get("href", "").endswith("/abort"):
            self.cancel = values["href"]


class _HastyClock(BlockingClock):
    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.2))


class _HastyAsyncClock(AsyncClock):
    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.2))


class Rig:
    """Clients of one colour on stores in memory, for a real server. `call` runs a method of one to its end."""

    def __init__(self, colour: str, server: StandardServer) -> None:
        self.colour = colour
        self.server = server
        self.events: list[Event] = []
        self.person = Person()
        self.store = MemoryStore()
        self.profiles = MemoryProfiles()
        self.client = self.make()

    def make(self, **arguments: Any) -> OAuthClient | AsyncOAuthClient:
        """Make a client over the rig's stores; its person reads no clock, so it polls more often than it was told."""
        blocking = self.colour == "blocking"
        given: dict[str, Any] = {
            "issuer": self.server.issuer,
            "client_id": "native",
            "scope": "openid offline_access api:read",
            "browser": self.person,
            "clock": _HastyClock() if blocking else _HastyAsyncClock(),
            "secrets": self.store,
            "profiles": self.profiles,
            "on_event": self.hear,
        }
        return (OAuthClient if blocking else AsyncOAuthClient)(**(given | arguments))

    def call(self, method: str, *args: Any, client: OAuthClient | AsyncOAuthClient | None = None, **kwargs: Any) -> Any:
        """Run a method of a client, by default the rig's own."""
        bound = getattr(client or self.client, method)
        if self.colour == "blocking":
            return bound(*args, **kwargs)

        async def awaited() -> Any:
            return await bound(*args, **kwargs)

        return asyncio.run(awaited())

    def hear(self, event: Event) -> None:
        """Note an event, and let the person act on it."""
        self.events.append(event)
        self.person.hear(event)

    def login(self, flow: str = "browser", **arguments: Any) -> Any:
        """Log in; the person consents, which is what a refresh token takes."""
        wanted: dict[str, Any] = {"prompt": "consent", "timeout": PAGE_TIME, **arguments}
        return self.call("login", flow=flow, **wanted)


@pytest.fixture(scope="session")
def modules(request: pytest.FixtureRequest) -> Path:
    """Returns the directory with the installed package."""
    return installed(request.config.cache.mkdir("oidc-provider"))


@pytest.fixture(scope="session")
def server(modules: Path) -> Generator[StandardServer]:
    """Returns one server for all tests."""
    with running(modules) as server:
        yield server


@pytest.fixture
def other_server(modules: Path) -> Generator[StandardServer]:
    """Returns a second server, for what must not be mixed up."""
    with running(modules) as server:
        yield server


@pytest.fixture(params=["blocking", "asyncio"])
def rig(request: pytest.FixtureRequest, server: StandardServer) -> Rig:
    """Returns a rig in each colour."""
    return Rig(request.param, server)


@pytest.fixture
def person() -> Person:
    """Returns a person who agrees."""
    return Person()
