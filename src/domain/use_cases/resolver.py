"""Finding the account that a call is about: once a call, in one place. Loads no attrs unless a server is asked for."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..account import Account, Credential, bound_base_url, environment_credential, profile_credential
from ..errors import ProfileError
from ..profile import DEFAULT_PROFILE, Profile, check_name, load_profile
from ..url import DEFAULT_BASE_URL

if TYPE_CHECKING:
    from ...ports.secrets import AwaitedSecretStore
    from ..oauth.server import AuthorizationServer
    from .client_ports import ClientPorts
    from .servers import Servers


class Resolver:
    """Finds accounts for the use cases of one client."""

    def __init__(self, ports: "ClientPorts") -> None:
        self._ports = ports
        self._servers: Servers | None = None

    async def account(self, profile: str | None) -> Account:
        """Finds the account for a call: the named profile, else the keys of the environment, else the active profile.

        Args:
            profile: the name that the caller passed, or None.

        Raises:
            InvalidProfileName: it cannot be the name of a profile.
            InvalidUrl: a base URL must not be used.
            IncompleteKeyPair: the environment holds half a key pair.
            WrongServer: the profile's login belongs to another server than the configured one.
            ProfileError: the profile cannot be read.
        """
        configuration = self._ports.configuration
        if profile is None and not configuration.issuer and (key := environment_credential(configuration)) is not None:
            base_url = configuration.chosen_base_url() or DEFAULT_BASE_URL
            return self._account(Profile.absent(""), base_url, key)
        return await self.stored(profile)

    async def stored(self, profile: str | None) -> Account:
        """Finds the account of a stored profile, whatever keys the environment holds.

        Raises:
            InvalidProfileName, InvalidUrl, WrongServer, ProfileError: see `account`.
        """
        found = await self.profile(profile)
        return self._account(found, bound_base_url(found, self._ports.configuration), profile_credential(found))

    async def for_login(self, profile: str | None) -> Account:
        """Finds the account that a login is for. Its server is the configured one, else the profile's.

        Raises:
            InvalidProfileName, InvalidUrl, ProfileError: see `account`.
            ConfigurationError: the name belongs to a profile of the other kind of server, or there is no client id.
            PromptVMAuthError: a standard server could not be discovered; see `Discovery.run`.
        """
        found = await self.profile(profile)
        return self._at(found, await self.servers.for_login(found, self.secrets_of(found)))

    async def begun_with(self, profile: str, base_url: str) -> Account:
        """Finds the account of a login in two halves that was begun with a server of this base URL.

        Raises:
            PromptVMAuthError: see `for_login`.
        """
        found = await self.profile(profile)
        return self._at(found, await self.servers.begun_with(found, base_url, self.secrets_of(found)))

    async def profile(self, profile: str | None) -> Profile:
        """Loads the profile that a call is about: the named one, else the active one, else `default`.

        A client for a standard server passes over an active profile of any other server: it takes one of its own
        issuer, else a name made of the issuer's host.

        Raises:
            InvalidProfileName: it cannot be the name of a profile.
            ProfileError: it cannot be read.
        """
        profiles, issuer = self._ports.profiles, self._ports.configuration.issuer
        if profile is not None:
            return await load_profile(profiles, check_name(profile))
        active = await load_profile(profiles, check_name(await profiles.active() or DEFAULT_PROFILE))
        if issuer is None or not active.recorded or active.issuer == issuer:
            return active
        named_after = await load_profile(profiles, _named_after(issuer))
        if named_after.issuer == issuer:
            return named_after
        return await self._any_of(issuer) or named_after

    def secrets_of(self, profile: Profile) -> "AwaitedSecretStore":
        """Returns the store that holds a profile's tokens; a new profile belongs to the client's own server."""
        issuer = profile.issuer if profile.recorded else self._ports.configuration.issuer
        return self._ports.own_secrets if issuer else self._ports.shared_secrets

    async def places_of(self, name: str) -> "tuple[AwaitedSecretStore, ...]":
        """Returns the stores that may hold a profile's tokens; both, where the profile cannot be read."""
        try:
            return (self.secrets_of(await load_profile(self._ports.profiles, name)),)
        except ProfileError:
            shared, own = self._ports.shared_secrets, self._ports.own_secrets
            return (shared,) if own is shared else (shared, own)

    @property
    def servers(self) -> "Servers":
        """Finds servers; made when one is first asked for."""
        if self._servers is None:
            from .servers import Servers

            self._servers = Servers(self._ports)
        return self._servers

    def _account(self, profile: Profile, base_url: str, credential: Credential) -> Account:
        return Account(profile, base_url, credential, self.secrets_of(profile), self._find_server)

    def _at(self, profile: Profile, server: "AuthorizationServer") -> Account:
        """Returns the account of a login that is about to be made at a server."""

        async def find_server(_: Account) -> "AuthorizationServer":
            return server

        secrets = self._ports.own_secrets if server.issuer else self._ports.shared_secrets
        return Account(profile, server.base_url, Credential(), secrets, find_server)

    async def _find_server(self, account: Account) -> "AuthorizationServer":
        return await self.servers.of_account(account)

    async def _any_of(self, issuer: str) -> Profile | None:
        """Returns the first profile of an issuer; one that cannot be read is passed over."""
        for name in await self._ports.profiles.names():
            try:
                found = await load_profile(self._ports.profiles, name)
            except ProfileError:
                continue
            if found.issuer == issuer:
                return found
        return None


def _named_after(issuer: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", urlsplit(issuer).netloc)[:100].strip("-") or DEFAULT_PROFILE
