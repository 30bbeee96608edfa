"""What both client classes have in common: how a client is made."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..composition.options import ClientOptions
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
    from ..ports.profiles import ProfileStore
    from ..ports.secret import Secret
    from ..ports.secrets import SecretStore
    from ..ports.signing import RequestAuth


class BaseClient:
    """A client, blocking or asynchronous; every argument is optional.

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
        callback_ports: the ports that the browser may come back on, in order of preference, where one must be fixed,
            for instance to forward it through SSH; by default any free one.
        paste_from: a terminal into which the person may paste the callback URL instead, from a browser on another
            machine; it is read, without echo, for as long as a browser login waits. By default only `flow="paste"`
            reads, from the standard input.
        pages: how the pages that the browser ends on look and read.
        issuer: of a standard server in place of PromptVM's; it is asked for its endpoints when they are first needed
            (RFC 8414, OpenID Connect Discovery).
        client_id: that is registered there; by default the profile's.
        client_secret: for servers that insist on one (RFC 6749 §2.3.1); it is stored with the tokens.
        scope: what logins there ask for, separated by spaces; by default what the profile was granted.
        trusted_origins: where that server may have endpoints beside its own origin, each `https://host`.

    Raises:
        InvalidUrl: a URL must not be used.
        ConfigurationError: `issuer` was given together with another way to name the server.
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
        callback_ports: Sequence[int] = (),
        paste_from: TextIO | None = None,
        pages: PageTheme | None = None,
        issuer: str | None = None,
        client_id: str | None = None,
        client_secret: str | Secret | None = None,
        scope: str | None = None,
        trusted_origins: Iterable[str] = (),
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
        )
        self._root = self._make_root(options)
        self._client = Client(self._root.stored, self._root)

    def auth(self, profile: str | None = None, *, origins: Iterable[str] = ()) -> RequestAuth:
        """Give one object for `httpx.Client` and `AsyncClient`, the same of httpx2, and requests; it asks nothing yet.

        Each request to the profile's own API gets a fresh token (RFC 6750 §2.1), or the key of an API-key profile; a
        request to any other origin gets nothing. A token that is refused with 401 is renewed once and the request sent
        once more, unless its body cannot be sent twice.

        Args:
            profile: its name; None means the credentials of the environment, else the active profile.
            origins: more origins that are given the token, each `https://host` or `https://host:port`.

        Returns:
            An object for every library that is imported by now; import them first.

        Raises:
            InvalidUrl: an origin is none, or must not be given a token.
            PromptVMAuthError: from the request, not from here: there is no token; see `OAuthClient.access_token`.
        """
        return self._authenticators.auth(profile, origins)

    def mcp_token_storage(self, profile: str | None = None) -> McpTokenStorage:
        """Give a `TokenStorage` for the MCP SDK's OAuth client: it finds a profile's login, and keeps its own there.

        Args:
            profile: its name; None means the active one.
        """
        return self._authenticators.mcp_token_storage(profile)

    @cached_property
    def _authenticators(self) -> Authenticators:
        from ..composition.authenticators import Authenticators

        return Authenticators(self._client, self._root)

    def _make_root(self, options: ClientOptions) -> Root:
        """Returns the ports: blocking or asynchronous ones."""
        raise NotImplementedError
