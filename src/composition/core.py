"""What the use cases of one client share: ports, the memory of tokens, the servers that its profiles belong to."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..domain.profile import Credential, named_or_active, of_profile, resolve
from ..domain.use_cases.access import Access, Held
from ..ports.secrets import StoredFields

if TYPE_CHECKING:
    from ..domain.oauth.server import AuthorizationServer
    from ..domain.use_cases.api import Api
    from ..domain.use_cases.refresh import Refresh
    from ..ports.secret import Secret
    from .servers import Servers
    from .wiring import Wiring


class Core:
    """One client's ports, and what is made of them once."""

    def __init__(self, ports: Wiring, held: dict[str | None, Held] | None = None) -> None:
        """Take the ports, and the memory of tokens where it is shared with the client's other colour."""
        self.ports = ports
        self._held: dict[str | None, Held] = {} if held is None else held

    def over(self, ports: Wiring) -> Core:
        """Give the same client over ports of the other colour; both remember tokens in one place."""
        return Core(ports, self._held)

    @cached_property
    def access(self) -> Access:
        """Hands out access tokens."""
        ports = self.ports
        return Access(
            clock=ports.clock,
            profiles=ports.profiles,
            secrets=ports.secrets,
            renew=self._renew,
            renew_early=self._renew_early,
            configuration=ports.configuration,
            policy=ports.given.policy,
            held=self._held,
        )

    @cached_property
    def refresh(self) -> Refresh:
        """Renews access tokens."""
        from ..domain.use_cases.refresh import Refresh

        ports = self.ports
        return Refresh(
            ports.http,
            ports.clock,
            ports.entropy,
            ports.secrets,
            ports.profiles,
            ports.lock,
            ports.flight,
            ports.emit,
            ports.given.policy,
        )

    @cached_property
    def api(self) -> Api:
        """Calls the API."""
        from ..domain.use_cases.api import Api

        return Api(self.ports.http, self.access)

    async def credential(self, profile: str | None) -> Credential:
        """Find what a call identifies itself with: a profile, or the keys of the environment."""
        return await resolve(self.ports.profiles, self.ports.configuration, profile)

    async def login_of(self, profile: str | None) -> Credential:
        """Give the credential of a stored profile, whatever keys the environment holds."""
        name = await self._named(profile)
        return of_profile(name, await self.ports.profiles.load(name) or StoredFields(), self.ports.configuration)

    async def target(self, profile: str | None) -> tuple[str, AuthorizationServer]:
        """Give the profile that a login is for, and the server: the configured one, else the profile's."""
        name = await self._named(profile)
        return name, await self.servers.of_login(name, await self.ports.profiles.load(name) or StoredFields())

    async def server_of(self, credential: Credential) -> AuthorizationServer:
        """Give the server that a login belongs to."""
        return await self.servers.of_credential(credential)

    @cached_property
    def servers(self) -> Servers:
        """The servers that profiles belong to."""
        from .servers import Servers

        return Servers(self.ports)

    async def _named(self, profile: str | None) -> str:
        return await named_or_active(self.ports.profiles, profile, self.ports.configuration.issuer)

    async def _renew_early(self, credential: Credential, kept: Held) -> Held:
        from ..domain.errors import ServerUnavailable, TransportError

        try:
            server = await self.server_of(credential)
        except (TransportError, ServerUnavailable):
            return kept  # it is not over yet, and where to renew it could not be found out
        return await self.refresh.early(credential, server, kept)

    async def _renew(self, credential: Credential, *, replacing: Secret) -> Held:
        return await self.refresh.do(credential, await self.server_of(credential), replacing=replacing)
