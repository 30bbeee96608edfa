"""Which server a login belongs to, or will: PromptVM's, one that was passed, or one that is discovered."""

from typing import TYPE_CHECKING

from ...ports.events import ProblemNoticed
from ...ports.secret import Secret
from ...ports.secrets import AwaitedSecretStore, StoredFields
from ..account import Account
from ..errors import ConfigurationError, StoreError
from ..issuer_binding import check_binding
from ..oauth.metadata import Client, foreign_origins, server_from_metadata
from ..oauth.server import AuthorizationServer
from ..profile import Profile
from ..url import named_origins
from .discovery import Discovery

if TYPE_CHECKING:
    from .client_ports import ClientPorts


class Servers:
    """The servers of one client's accounts."""

    def __init__(self, ports: "ClientPorts") -> None:
        self._ports = ports
        self._configured = ports.configuration
        self._discovery = Discovery(ports.http, ports.clock, ports.metadata)

    async def for_login(self, profile: Profile, secrets: AwaitedSecretStore) -> AuthorizationServer:
        """Finds the server that a login to this profile is made at: the configured one, else the profile's.

        Raises:
            ConfigurationError: the name belongs to a profile of the other kind of server, or there is no client id.
            PromptVMAuthError: the server could not be discovered; see `Discovery.run`.
        """
        configured, bound = self._configured, profile.issuer
        other_kind = profile.recorded and configured.issuer and not bound
        if other_kind or (bound and configured.base_url and not configured.issuer):
            belongs = f"to {bound}" if bound else "to PromptVM"
            raise ConfigurationError(
                f"the profile {profile.name!r} belongs {belongs}: choose another name for this login"
            )
        if configured.server is not None:
            return configured.server
        if issuer := configured.issuer or bound:
            same = profile if bound == issuer else Profile.absent(profile.name)
            secret = configured.client_secret or await self._stored_secret(same, secrets)
            return await self._discovered(issuer, same, secret)
        return self._promptvm(configured.chosen_base_url() or profile.shown_base_url)

    async def of_account(self, account: Account) -> AuthorizationServer:
        """Finds the server that an account belongs to.

        Raises:
            WrongServer: the stored tokens are bound to another server than the profile names.
            PromptVMAuthError: the server could not be discovered; see `Discovery.run`.
        """
        configured, profile = self._configured, account.profile
        issuer = profile.issuer or configured.issuer
        if not issuer:
            return self._promptvm(account.base_url)
        fields = await account.secrets.load(account.name) or StoredFields()
        if fields:
            check_binding(account.name, fields, issuer, profile.client_id)
        if configured.server is not None:
            return configured.server
        secret = configured.client_secret or _secret_of(fields)
        return await self._discovered(issuer, profile, secret)

    async def begun_with(self, profile: Profile, base_url: str, secrets: AwaitedSecretStore) -> AuthorizationServer:
        """Finds the server of a login in two halves that was begun with a server of this base URL.

        Raises:
            ConfigurationError, PromptVMAuthError: see `for_login`.
        """
        configured = self._configured
        if configured.issuer is None and profile.issuer != base_url:
            return self._promptvm(configured.chosen_base_url() or base_url)
        return await self.for_login(profile, secrets)

    async def discover(self, issuer: str | None) -> AuthorizationServer:
        """Asks a standard server where its endpoints are.

        Args:
            issuer: its issuer identifier; None means the client's own.

        Raises:
            ConfigurationError: there is no issuer, or no client id.
            PromptVMAuthError: see `Discovery.run`.
        """
        wanted = issuer or self._configured.issuer
        if wanted is None:
            raise ConfigurationError("there is no issuer to discover: pass one")
        return await self._discovered(wanted, Profile.absent(""), self._configured.client_secret)

    async def _discovered(self, issuer: str, profile: Profile, secret: Secret | None) -> AuthorizationServer:
        configured = self._configured
        client_id = configured.client_id or profile.client_id
        if not client_id:
            raise ConfigurationError(f"pass the client id that is registered at {issuer}")
        scope = profile.scope if configured.scope is None else configured.scope
        client = Client(client_id, secret, scope, named_origins(configured.trusted_origins))
        server = server_from_metadata(await self._discovery.run(issuer), client)
        if foreign := foreign_origins(server):
            told = f"{issuer} has endpoints at {', '.join(foreign)}, as was allowed"
            self._ports.emit(ProblemNoticed(profile.name, told))
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

    def _promptvm(self, base_url: str) -> AuthorizationServer:
        return self._configured.server or AuthorizationServer.promptvm(base_url, self._configured.chosen_app_url())


def _secret_of(fields: StoredFields) -> Secret | None:
    secret = fields.get("client_secret")
    return Secret(secret) if secret else None
