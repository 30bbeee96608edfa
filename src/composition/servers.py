"""Which server a profile's login belongs to, or will: PromptVM's, one that was passed, or one that is discovered."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..domain.audience import named_origins
from ..domain.errors import ConfigurationError
from ..domain.issuer_binding import check_binding
from ..domain.oauth.metadata import Client, foreign_origins, server_of
from ..domain.oauth.server import AuthorizationServer
from ..domain.profile import DEFAULT_BASE_URL
from ..domain.use_cases.discovery import Discovery
from ..ports.events import ProblemNoticed
from ..ports.secret import Secret
from ..ports.secrets import StoredFields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..domain.profile import Credential
    from .wiring import Wiring


class Servers:
    """The servers of one client's profiles."""

    def __init__(self, ports: Wiring) -> None:
        """Take the ports."""
        self._ports = ports

    async def of_login(self, profile: str, recorded: Mapping[str, str]) -> AuthorizationServer:
        """Give the server that a login to this profile is made at: the configured one, else the profile's.

        Raises:
            ConfigurationError: the name is taken by a profile of the other kind of server, or there is no client id.
            PromptVMAuthError: the server could not be discovered; see `Discovery.do`.
        """
        ports, configured = self._ports, self._ports.configuration
        bound = recorded.get("issuer")
        if (recorded and configured.issuer and not bound) or (bound and configured.base_url and not configured.issuer):
            belongs = f"to {bound}" if bound else "to PromptVM"
            raise ConfigurationError(f"the profile {profile!r} belongs {belongs}: choose another name for this login")
        if ports.given.server is not None:
            return ports.given.server
        issuer = configured.issuer or bound
        if issuer is not None:
            same = recorded if bound == issuer else StoredFields()
            secret = ports.given.client_secret or await self._stored_secret(profile, same)
            return await self._discovered(profile, issuer, same, secret)
        return self._promptvm(configured.chosen_base_url() or recorded.get("base_url") or DEFAULT_BASE_URL)

    async def of_credential(self, credential: Credential) -> AuthorizationServer:
        """Give the server that a login belongs to.

        Raises:
            WrongServer: what is stored is bound to another server than the profile says.
            PromptVMAuthError: the server could not be discovered; see `Discovery.do`.
        """
        recorded, given = credential.recorded, self._ports.given
        issuer = recorded.get("issuer") or self._ports.configuration.issuer
        if issuer is None:
            return self._promptvm(credential.base_url)
        fields = await self._ports.secrets.load(credential.profile)
        if fields:
            check_binding(credential.profile, fields, issuer, recorded.get("client_id", ""))
        if given.server is not None:
            return given.server
        secret = given.client_secret or (fields or StoredFields()).get("client_secret")
        return await self._discovered(credential.profile, issuer, recorded, secret)

    async def begun_with(self, profile: str, base_url: str) -> AuthorizationServer:
        """Give this client's server, for a login in two halves that was begun with a server of this base URL."""
        configured = self._ports.configuration
        if configured.issuer is None:
            return self._promptvm(configured.chosen_base_url() or base_url)
        return await self.of_login(profile, await self._ports.profiles.load(profile) or StoredFields())

    async def discover(self, issuer: str | None) -> AuthorizationServer:
        """Ask a server where its endpoints are."""
        wanted = issuer or self._ports.configuration.issuer
        if wanted is None:
            raise ConfigurationError("there is no issuer to discover: give one")
        return await self._discovered("", wanted, {}, self._ports.given.client_secret)

    async def _discovered(
        self, profile: str, issuer: str, recorded: Mapping[str, str], secret: str | Secret | None
    ) -> AuthorizationServer:
        given = self._ports.given
        client_id = given.client_id or recorded.get("client_id")
        if not client_id:
            raise ConfigurationError(f"give the client id that is registered at {issuer}")
        scope = recorded.get("scope", "") if given.scope is None else given.scope
        origins = named_origins(given.trusted_origins)
        client = Client(client_id, Secret(secret) if secret else None, scope, origins)
        server = server_of(await self._discovery.do(issuer), client)
        if foreign := foreign_origins(server):
            self._ports.emit(ProblemNoticed(profile, f"{issuer} has endpoints at {', '.join(foreign)}, as was allowed"))
        return server

    async def _stored_secret(self, profile: str, recorded: Mapping[str, str]) -> str | None:
        """Give the client secret of an earlier login to the same server; none if it cannot be read."""
        from ..domain.errors import StoreError

        if not recorded:
            return None
        try:
            fields = await self._ports.secrets.load(profile) or StoredFields()
        except StoreError:
            return None
        return fields.get("client_secret") if fields.get("server") == recorded.get("issuer") else None

    def _promptvm(self, base_url: str) -> AuthorizationServer:
        return self._ports.given.server or AuthorizationServer.promptvm(
            base_url, self._ports.configuration.chosen_app_url()
        )

    @cached_property
    def _discovery(self) -> Discovery:
        return Discovery(self._ports.http, self._ports.clock, self._ports.metadata)
