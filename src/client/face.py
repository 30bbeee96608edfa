"""What both faces have in common: how a client is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..composition.application import Application
from ..composition.given import Given
from ..domain.freshness import DEFAULT_POLICY

if TYPE_CHECKING:
    from ..composition.wiring import Wiring
    from ..domain.freshness import RefreshPolicy
    from ..domain.server import AuthorizationServer
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.events import Listener
    from ..ports.http import Http
    from ..ports.lock import Lock
    from ..ports.profiles import ProfileStore
    from ..ports.secrets import SecretStore

LOGIN_TIMEOUT = 300.0
"""Seconds that a person is waited for, unless the caller says otherwise."""


class Face:
    """A client of either colour; every argument is optional.

    Args:
        http: sends requests.
        clock: tells the time and sleeps.
        browser: opens a URL.
        callback: listens for the redirect.
        secrets: a `SecretStore`, or `auto`, `file` or `memory`.
        profiles: where profiles are kept.
        lock: guards a refresh.
        on_event: hears what happens; without it, URLs and codes go to stderr if that is a terminal.
        server: the authorization server; by default PromptVM's at `base_url`.
        base_url: of the API; else `PROMPTVM_BASE_URL`, the profile's, or PromptVM's.
        app_url: of the web app; else `PROMPTVM_APP_URL`, or derived from the API's host.
        config_dir: the directory of profiles and files; by default the one shared with the tool `promptvm`.
        policy: when tokens are renewed.
        user_agent: what the server shows the person in the list of sessions; by default it names the running program.

    Raises:
        InvalidUrl: a URL must not be used.
        UnknownStore: there is no secret store of that name.
    """

    def __init__(
        self,
        *,
        http: Http | None = None,
        clock: Clock | None = None,
        browser: Browser | None = None,
        callback: CallbackPort | None = None,
        secrets: SecretStore | str = "auto",
        profiles: ProfileStore | None = None,
        lock: Lock | None = None,
        on_event: Listener | None = None,
        server: AuthorizationServer | None = None,
        base_url: str | None = None,
        app_url: str | None = None,
        config_dir: str | None = None,
        policy: RefreshPolicy = DEFAULT_POLICY,
        user_agent: str | None = None,
    ) -> None:
        given = Given(
            http,
            clock,
            browser,
            callback,
            secrets,
            profiles,
            lock,
            on_event,
            server,
            base_url,
            app_url,
            config_dir,
            policy,
            user_agent,
        )
        self._application = Application(self._wiring(given))

    def _wiring(self, given: Given) -> Wiring:
        """Say which colour this is."""
        raise NotImplementedError
