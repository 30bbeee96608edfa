"""The options that an embedder passes to a client. All of them are optional."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ..domain.configuration import ACTIVE, Configuration
from ..domain.errors import ConfigurationError
from ..domain.freshness import DEFAULT_POLICY, RefreshPolicy
from ..ports.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from ..adapters.callback.page_theme import PageTheme as PageTheme  # noqa: PLC0414 (the client has it from here)
    from ..domain.oauth.server import AuthorizationServer
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.events import Listener
    from ..ports.http import Http
    from ..ports.lock import Lock
    from ..ports.pasting import PasteSource
    from ..ports.profiles import ProfileStore
    from ..ports.secrets import SecretStore


class ClientOptions(NamedTuple):
    """The arguments of `OAuthClient` and `AsyncOAuthClient`, documented there; None means the client's own choice."""

    http: Http | None = None
    clock: Clock | None = None
    browser: Browser | None = None
    callback: CallbackPort | None = None
    secrets: SecretStore | str = "auto"
    profiles: ProfileStore | None = None
    lock: Lock | None = None
    on_event: Listener | None = None
    server: AuthorizationServer | None = None
    base_url: str | None = None
    app_url: str | None = None
    config_dir: str | None = None
    policy: RefreshPolicy = DEFAULT_POLICY
    user_agent: str | None = None
    callback_ports: Sequence[int] = ()
    paste_from: TextIO | PasteSource | None = None
    pages: PageTheme | None = None
    issuer: str | None = None
    client_id: str | None = None
    client_secret: str | Secret | None = None
    scope: str | None = None
    trusted_origins: tuple[str, ...] = ()
    default_profile: str | None = ACTIVE

    def __repr__(self) -> str:
        return f"ClientOptions(issuer={self.issuer!r}, base_url={self.base_url!r})"  # it may hold a client secret

    def configuration(self) -> Configuration:
        """Returns the server settings, from the options and the environment.

        Raises:
            InvalidUrl: the base URL must not be used.
            InvalidProfileName: the default profile is not a valid name.
            ConfigurationError: `issuer` was passed together with another way to name the server.
        """
        server = self.server
        if self.issuer is not None and (server is not None or self.base_url is not None):
            raise ConfigurationError("pass an issuer, a server or a base URL, and no two of them")
        named = Configuration.read(os.environ, server.base_url if server is not None else self.base_url, self.app_url)
        return named._replace(
            issuer=server.issuer if server is not None else self.issuer,
            client_id=server.client_id if server is not None and server.issuer else self.client_id,
            client_secret=Secret(self.client_secret) if self.client_secret else None,
            scope=self.scope,
            trusted_origins=self.trusted_origins,
            server=server,
        ).with_default_profile(self.default_profile)
