"""A fake PromptVM: everything that a client uses, in process, with a user who decides at once.

    promptvm = FakePromptVM()
    with OAuthClient(**promptvm.ports()) as client:
        client.login()

The same ports serve `AsyncOAuthClient`. Nothing opens a socket, sleeps, or reads a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from ..adapters.profiles.memory import MemoryProfiles
from ..adapters.stores.memory import MemoryStore
from ..domain.oauth.server import AuthorizationServer
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
    """Arguments of `OAuthClient` and `AsyncOAuthClient`."""

    http: Http
    clock: Clock
    browser: Browser
    callback: CallbackPort
    secrets: SecretStore
    profiles: ProfileStore
    lock: Lock
    on_event: Listener
    server: AuthorizationServer
    base_url: str
    app_url: str


class FakePromptVM:
    """A fake PromptVM for one test. Its user approves every login, unless `deny` or `ignore` was called.

    Args:
        clock: the clock of the server and the clients.
        store: the secret store of the clients.
        settings: the settings of the server. Clients know its `redirect_uris`, if it has any.

    Attributes:
        clock: sleeping on it takes no time; `advance` makes tokens expire.
        server: the PromptVM server; `queue_fault` makes requests fail, `count` and `log` show the requests.
        callback: the loopback listener; `outcomes` are what the browser was shown.
        browser: the browser; `opened` are the URLs that clients opened.
        store: the secret store of the clients.
        profiles: the profile store of the clients.
        lock: the lock of the clients, blocking and asynchronous.
        events: the events of all clients, in order.
        on_page: what the user does with the URL of an authorization request: returns the URL that the browser is
            redirected to, or the empty text if the user does nothing.
        on_code: what the user does with the user code of a device login.
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
        """Returns the arguments for a client: `OAuthClient(**promptvm.ports())`.

        Args:
            instead: arguments to replace; only `on_event` is called in addition to the listener of this fake.
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
        if registered := self.server.settings.redirect_uris:
            urls = self.server.base_url, self.server.app_url
            own["server"] = AuthorizationServer.promptvm(*urls, redirect_uris=registered)
        return {**own, **instead, "on_event": self._heard_after(instead.get("on_event"))}

    def approve(self) -> None:
        """Makes the user approve all following logins, in the browser and with a device code."""
        self.on_page, self.on_code = self.server.approve, self.server.approve_device

    def deny(self) -> None:
        """Makes the user deny all following logins, in the browser and with a device code."""
        self.on_page, self.on_code = self.server.deny, self.server.deny_device

    def ignore(self) -> None:
        """Makes the user ignore all following logins, so that they time out."""
        self.on_page, self.on_code = _no_redirect, _no_code

    def visit(self, url: str) -> str:
        """Opens the page of a login as the user does.

        Args:
            url: the URL that was opened in the browser, or `authorize_url` of what `begin_login` returned.

        Returns:
            The URL that the browser was redirected to, or the empty text if there was no redirect.

        Raises:
            ValueError: the server showed an error page.
        """
        redirect = self.on_page(self.callback.follow(url) or url)
        if redirect:
            self.callback.deliver(redirect)
        return redirect

    def hear(self, event: Event) -> None:
        """Records an event and acts as the user who reads it: opens the page by hand, or enters the code."""
        self.events.append(event)
        if isinstance(event, BrowserNotOpened):
            self.visit(event.url)
        elif isinstance(event, DeviceCodeIssued):
            self.on_code(event.user_code)

    def heard(self) -> list[str]:
        """Returns the names of all events so far."""
        return [type(event).__name__ for event in self.events]

    def fields(self, profile: str = "default") -> Mapping[str, str]:
        """Returns the stored fields of a profile; empty if there are none."""
        return self.store.load(profile) or {}

    def end_sessions(self) -> None:
        """Ends every session at the server, as the user can in the web app: all tokens become invalid."""
        for session in self.server.auth.live_sessions:
            self.server.auth.end_session(session.id)

    def _heard_after(self, listener: Listener | None) -> Listener:
        """Returns a listener that calls `hear` after another one, even if that one raises."""

        def hear(event: Event) -> None:
            try:
                if listener is not None:
                    listener(event)
            finally:
                self.hear(event)

        return hear


def _no_redirect(authorize_url: str) -> str:  # noqa: ARG001 (the user ignores it)
    return ""


def _no_code(user_code: str) -> None:
    """Ignores the user code."""
