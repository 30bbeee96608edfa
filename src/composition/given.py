"""What an embedder passed to a client. Everything is optional."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..domain.freshness import DEFAULT_POLICY, RefreshPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from ..adapters.callback.page_theme import PageTheme as PageTheme  # noqa: PLC0414 (the client's signature has it from here)
    from ..domain.oauth.server import AuthorizationServer
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.events import Listener
    from ..ports.http import Http
    from ..ports.lock import Lock
    from ..ports.profiles import ProfileStore
    from ..ports.secret import Secret
    from ..ports.secrets import SecretStore


class Given(NamedTuple):
    """The arguments of `OAuthClient` and `AsyncOAuthClient`; None stands for 'choose it'."""

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
    paste_from: TextIO | None = None
    pages: PageTheme | None = None
    issuer: str | None = None
    client_id: str | None = None
    client_secret: str | Secret | None = None
    scope: str | None = None
    trusted_origins: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Given(issuer={self.issuer!r}, base_url={self.base_url!r})"  # it may hold a client secret
