"""PromptVM on fakes: everything a client touches, in process, with a person who decides at once.

    promptvm = FakePromptVM()
    with OAuthClient(**promptvm.ports()) as client:
        client.login()

The same ports serve `AsyncOAuthClient`. Nothing here opens a socket, sleeps, or reads a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from ..adapters.profiles.memory import MemoryProfiles
from ..adapters.stores.memory import MemoryStore
from ..ports.events import BrowserNotOpened, DeviceCodeIssued
from .auth_server import FakeAuthServer
from .browser import FakeBrowser
from .callback import FakeCallback
from .clock import FakeClock
from .lock import FakeLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from ..devserver.settings import Settings
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.events import Event, Listener
    from ..ports.http import Http
    from ..ports.lock import Lock
    from ..ports.profiles import ProfileStore
    from ..ports.secrets import SecretStore


class Ports(TypedDict, total=False):
    """Arguments of `OAuthClient` and `AsyncOAuthClient`, see there."""

    http: Http
    clock: Clock
    browser: Browser
    callback: CallbackPort
    secrets: SecretStore
    profiles: ProfileStore
    lock: Lock
    on_event: Listener
    base_url: str
    app_url: str


class FakePromptVM:
    """A PromptVM of one's own for each test. The person approves, unless `deny` or `ignore` was called.

    Args:
        clock: the time that everything here lives by.
        store: where clients keep tokens.
        settings: the switches of the server.

    Attributes:
        clock: sleeping on it takes no time; `advance` lets tokens expire.
        server: the PromptVM server; `queue_fault` lets requests go wrong, `count` and `log` tell what was asked.
        callback: the loopback listener; `outcomes` is what the browser was told.
        browser: what the client opens; `opened` are the URLs.
        store: where clients keep tokens.
        profiles: where clients keep profiles.
        lock: guards refreshes between the clients of this PromptVM, in either colour.
        events: what every client has told, in order.
        on_page: what the person does with an authorize URL: gives the URL that the browser is redirected to, or the
            empty text if it never comes back.
        on_code: what the person does with the user code of a device login.
    """

    def __init__(
        self, *, clock: FakeClock | None = None, store: SecretStore | None = None, settings: Settings | None = None
    ) -> None:
        self.clock = clock or FakeClock()
        self.server = FakeAuthServer(self.clock, settings)
        self.callback = FakeCallback(self.clock)
        self.browser = FakeBrowser(self.visit, background=False)
        self.store: SecretStore = store or MemoryStore()
        self.profiles = MemoryProfiles()
        self.lock = FakeLock()
        self.events: list[Event] = []
        self.on_page: Callable[[str], str] = self.server.approve
        self.on_code: Callable[[str], object] = self.server.approve_device

    def ports(self, **instead: Unpack[Ports]) -> Ports:
        """Give the arguments for a client: `OAuthClient(**promptvm.ports())`.

        Args:
            instead: each replaces one of them; only `on_event` is heard beside this PromptVM, which listens as well.
        """
        own: Ports = {
            "http": self.server,
            "clock": self.clock,
            "browser": self.browser,
            "callback": self.callback,
            "secrets": self.store,
            "profiles": self.profiles,
            "lock": self.lock,
            "base_url": self.server.base_url,
            "app_url": self.server.app_url,
        }
        return {**own, **instead, "on_event": self._heard_after(instead.get("on_event"))}

    def approve(self) -> None:
        """Let the person approve from now on, in the browser and with a code."""
        self.on_page, self.on_code = self.server.approve, self.server.approve_device

    def deny(self) -> None:
        """Let the person refuse from now on, in the browser and with a code."""
        self.on_page, self.on_code = self.server.deny, self.server.deny_device

    def ignore(self) -> None:
        """Let the person do nothing from now on, so that logins run out of time."""
        self.on_page, self.on_code = _never_comes_back, _looks_away

    def visit(self, url: str) -> str:
        """Play the person who opens a login's page in a browser.

        Args:
            url: what the browser was given, or the `authorize_url` of a login that was begun with `begin_login`.

        Returns:
            The URL that the browser was redirected to, or the empty text if it never came back.

        Raises:
            ValueError: the server showed an error page.
        """
        redirect = self.on_page(self.callback.follow(url) or url)
        if redirect:
            self.callback.deliver(redirect)
        return redirect

    def hear(self, event: Event) -> None:
        """Note an event, and play the person who reads it: opens the page by hand, enters the code."""
        self.events.append(event)
        if isinstance(event, BrowserNotOpened):
            self.visit(event.url)
        elif isinstance(event, DeviceCodeIssued):
            self.on_code(event.user_code)

    def heard(self) -> list[str]:
        """Give the names of the events so far."""
        return [type(event).__name__ for event in self.events]

    def fields(self, profile: str = "default") -> Mapping[str, str]:
        """Give what the store holds for a profile; empty if nothing."""
        return self.store.load(profile) or {}

    def end_sessions(self) -> None:
        """End every session at the server, as the person can in the web app: access and refresh tokens are dead."""
        for session in self.server.auth.live_sessions:
            self.server.auth.end_session(session.id)

    def _heard_after(self, listener: Listener | None) -> Listener:
        """Give a listener that hears after another one, whatever that one raises."""

        def hear(event: Event) -> None:
            try:
                if listener is not None:
                    listener(event)
            finally:
                self.hear(event)

        return hear


def _never_comes_back(authorize_url: str) -> str:  # noqa: ARG001 (ignoring it is the point)
    return ""


def _looks_away(user_code: str) -> None:
    """Do nothing with the code."""
