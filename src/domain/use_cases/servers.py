"""Finds the standard server of a login: the one that the embedder passed, or by discovery."""

from urllib.parse import parse_qsl

from attrs import evolve

from ...ports.clock import Clock
from ...ports.events import ProblemNoticed
from ...ports.metadata import AwaitedMetadataStore
from ...ports.secret import Secret
from ...ports.secrets import AwaitedSecretStore, StoredFields
from ..configuration import Configuration
from ..errors import ConfigurationError, StoreError
from ..oauth.metadata import Client, foreign_origins, server_from_metadata
from ..oauth.server import AuthorizationServer
from ..profile import Profile
from ..stores.pair_check import check_binding
from ..url import named_origins
from .client_ports import OnlinePorts
from .discovery import Discovery


class Servers:
    """The standard servers of one client's accounts."""

    def __init__(
        self, configuration: Configuration, online: OnlinePorts, clock: Clock, metadata: AwaitedMetadataStore
    ) -> None:
        self._configured = configuration
        self._emit = online.emit
        self._discovery = Discovery(online.http, clock, metadata)

    async def for_login(self, profile: Profile, secrets: AwaitedSecretStore) -> AuthorizationServer:
        """Discovers the server for a new login to this profile: the configured one, else the profile's.

        What an earlier login to the same server asked for is asked for again.

        Args:
            profile: the profile to log in to.
            secrets: the store with the client secret of an earlier login.

        Raises:
            ConfigurationError: there is no client id.
            PromptVMAuthError: the errors of `Discovery.run`.
        """
        configured = self._configured
        issuer = configured.issuer or profile.issuer
        same = profile if profile.issuer == issuer else Profile.absent(profile.name)
        secret = configured.client_secret or await self._stored_secret(same, secrets)
        asked = same._replace(scope=same.asked_scope or same.scope)
        return _asked_like(same, await self._discovered(issuer, asked, secret))

    async def of_profile(self, profile: Profile, fields: StoredFields) -> AuthorizationServer:
        """Returns the server of a profile's login.

        Args:
            profile: the profile.
            fields: its stored tokens; empty if there are none.

        Raises:
            WrongServer: the stored tokens are bound to another server than the profile.
            PromptVMAuthError: the errors of `Discovery.run`.
        """
        configured = self._configured
        issuer = profile.issuer or configured.issuer or ""
        if fields:
            check_binding(profile.name, fields, issuer, profile.client_id)
        if configured.server is not None:
            return configured.server
        return await self._discovered(issuer, profile, configured.client_secret or _secret_of(fields))

    async def discover(self, issuer: str | None) -> AuthorizationServer:
        """Discovers a standard server.

        Args:
            issuer: its issuer identifier; None means the client's own.

        Raises:
            ConfigurationError: there is no issuer, or no client id.
            PromptVMAuthError: the errors of `Discovery.run`.
        """
        wanted = issuer or self._configured.issuer
        if wanted is None:
            raise ConfigurationError("there is no issuer to discover: pass one")
        return await self._discovered(wanted, Profile.absent(""), self._configured.client_secret)

    async def _discovered(self, issuer: str, profile: Profile, secret: Secret | None) -> AuthorizationServer:
        configured = self._configured
        client_id = configured.client_id or profile.client_id
        if not client_id:
            raise ConfigurationError(f"there is no client id: pass the one that is registered at {issuer}")
        scope = profile.scope if configured.scope is None else configured.scope
        trusted = named_origins(configured.trusted_origins or profile.trusted_origins.split())
        client = Client(client_id, secret, scope, trusted)
        server = server_from_metadata(await self._discovery.run(issuer), client)
        if foreign := foreign_origins(server):
            problem = f"{issuer} has endpoints at other origins, which are trusted: {', '.join(foreign)}"
            self._emit(ProblemNoticed(profile.name, problem))
        return server

    async def _stored_secret(self, profile: Profile, secrets: AwaitedSecretStore) -> Secret | None:
        """Returns the client secret of an earlier login to the same server; None if it cannot be read."""
        if not profile.recorded:
            return None
        try:
            fields = await secrets.load(profile.name) or StoredFields()
        except StoreError:
            return None
        return _secret_of(fields) if fields.get("server") == profile.issuer else None


def _asked_like(profile: Profile, server: AuthorizationServer) -> AuthorizationServer:
    """Returns a server with prompt and authorize parameters of an earlier login."""
    parameters = tuple(parse_qsl(profile.authorize_parameters, keep_blank_values=True))
    if not profile.prompt and not parameters:
        return server
    return evolve(server, prompt=profile.prompt, authorize_parameters=parameters)


def _secret_of(fields: StoredFields) -> Secret | None:
    secret = fields.get("client_secret")
    return Secret(secret) if secret else None
