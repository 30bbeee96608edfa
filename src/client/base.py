"""What both client classes have in common: how a client is made."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..composition.options import ClientOptions
from ..domain.configuration import ACTIVE
from ..domain.freshness import DEFAULT_POLICY
from ..domain.use_cases.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from ..composition.authenticators import Authenticators, McpTokenStorage
    from ..composition.options import PageTheme
    from ..composition.root import Root
    from ..domain.freshness import RefreshPolicy
    from ..domain.oauth.server import AuthorizationServer
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.events import Listener
    from ..ports.http import Http
    from ..ports.lock import Lock
    from ..ports.pasting import PasteSource
    from ..ports.profiles import ProfileStore
    from ..ports.secret import Secret
    from ..ports.secrets import SecretStore, StoreName
    from ..ports.signing import RequestAuth


class BaseClient:
    """Makes the ports of a client from its arguments, and the objects that other libraries use to get tokens.

    `OAuthClient` and `AsyncOAuthClient` document the arguments.
    """

    def __init__(
        self,
        *,
        http: Http | None = None,
        clock: Clock | None = None,
        browser: Browser | None = None,
        callback: CallbackPort | None = None,
        secrets: SecretStore | StoreName | str = "auto",
        profiles: ProfileStore | None = None,
        lock: Lock | None = None,
        on_event: Listener | None = None,
        server: AuthorizationServer | None = None,
        base_url: str | None = None,
        app_url: str | None = None,
        config_dir: str | None = None,
        policy: RefreshPolicy = DEFAULT_POLICY,
        user_agent: str | None = None,
        callback_ports: Sequence[int] = (),
        paste_from: TextIO | PasteSource | None = None,
        pages: PageTheme | None = None,
        issuer: str | None = None,
        client_id: str | None = None,
        client_secret: str | Secret | None = None,
        scope: str | None = None,
        trusted_origins: Iterable[str] = (),
        default_profile: str | None = ACTIVE,
    ) -> None:
        options = ClientOptions(
            http=http,
            clock=clock,
            browser=browser,
            callback=callback,
            secrets=secrets,
            profiles=profiles,
            lock=lock,
            on_event=on_event,
            server=server,
            base_url=base_url,
            app_url=app_url,
            config_dir=config_dir,
            policy=policy,
            user_agent=user_agent,
            callback_ports=callback_ports,
            paste_from=paste_from,
            pages=pages,
            issuer=issuer,
            client_id=client_id,
            client_secret=client_secret,
            scope=scope,
            trusted_origins=tuple(trusted_origins),
            default_profile=default_profile,
        )
        self._root = self._make_root(options)
        self._client = Client(self._root.stored, self._root)

    def auth(self, profile: str | None = None, *, origins: Iterable[str] = ()) -> RequestAuth:
        """Returns one auth object for httpx, httpx2 and requests; for httpx, for blocking and asynchronous clients.

        Each request to the profile's own API is sent with a valid access token (RFC 6750 §2.1), or with the key of an
        API-key profile. A request to any other origin is sent without one. If the server refuses the token with 401,
        it is renewed and the request is sent once more, unless its body cannot be sent twice.

        Args:
            profile: the profile's name; None means the API key in the environment, else the active profile.
            origins: further origins that receive the token, each in the form `https://host` or `https://host:port`.

        Returns:
            An auth object for those of the libraries that are imported already. Its requests raise what
            `access_token` raises.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidUrl: an origin is invalid, or must not receive a token.
        """
        return self._authenticators.auth(self._client.named(profile), origins)

    def mcp_token_storage(self, profile: str | None = None) -> McpTokenStorage:
        """Returns a token storage for the OAuth client of the MCP SDK.

        Args:
            profile: the profile's name; None means the active profile.

        Returns:
            An object with the methods of the SDK's `TokenStorage`. It reads the profile's login, and stores the SDK's
            own login in that profile.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
        """
        return self._authenticators.mcp_token_storage(self._client.named(profile))

    @cached_property
    def _authenticators(self) -> Authenticators:
        from ..composition.authenticators import Authenticators

        return Authenticators(self._client, self._root)

    def _make_root(self, options: ClientOptions) -> Root:
        """Returns the ports: blocking or asynchronous ones."""
        raise NotImplementedError
