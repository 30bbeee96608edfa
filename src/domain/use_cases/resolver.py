"""Resolves the account of a call, once per call. Loads no attrs until a server is needed.

PromptVM's order of precedence: arguments, the environment's key pair, its API key, the active profile.
"""

from typing import TYPE_CHECKING

from ...ports.profiles import Users
from ...ports.secrets import StoredFields
from ..account import NO_KEY, Account, Credential, environment_credential
from ..configuration import ACTIVE, Configuration
from ..errors import (
    ConfigurationError,
    NoActiveProfile,
    ProfileCorrupt,
    ProfileError,
    ProfileRequired,
    StoreError,
    StoreLocked,
    WrongServer,
)
from ..profile import DEFAULT_PROFILE, Profile, check_name, load_profile
from ..url import DEFAULT_BASE_URL, normal_base_url, same_origin
from .client_ports import PortFactory, StoredPorts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...ports.secrets import AwaitedSecretStore
    from ..oauth.server import AuthorizationServer
    from .client_ports import OnlinePorts
    from .servers import Servers


class Resolver:
    """Resolves accounts for the use cases of one client."""

    def __init__(self, ports: StoredPorts, factory: PortFactory, online: "Callable[[], OnlinePorts]") -> None:
        self._ports = ports
        self._configured = ports.configuration
        self._factory = factory
        self._online = online
        self._servers: Servers | None = None

    def named(self, profile: str | None) -> str | None:
        """Returns the profile of a call, or None if it is for the environment's API key or the active profile.

        Args:
            profile: the name that the caller passed, or None.

        Raises:
            ProfileRequired: the caller passed none, and the client has no default profile.
        """
        default = self._configured.default_profile
        if profile is not None or default == ACTIVE:
            return profile
        if default is None:
            raise ProfileRequired("this client has no default profile: name the profile of this call")
        return default

    async def account(self, profile: str | None) -> Account:
        """Returns the account for a call: the named profile, else the environment's API key, else the active profile.

        Args:
            profile: the name that the caller passed, or None.

        Raises:
            ProfileRequired: the caller passed none, and the client has no default profile.
            NoActiveProfile: the caller passed none, the environment has no key, and no profile is active.
            InvalidProfileName: the name is invalid.
            InvalidUrl: a recorded base URL must not be used.
            IncompleteKeyPair: the environment has half a key pair.
            WrongServer: the profile's login belongs to another server than the configured one.
            ProfileError: the profile cannot be read.
        """
        profile = self.named(profile)
        if profile is None and not self._configured.issuer and (key := environment_credential(self._configured)):
            base_url = self._configured.api_url or DEFAULT_BASE_URL
            return self._account(Profile.absent(""), base_url, key)
        return await self.stored(profile)

    async def stored(self, profile: str | None) -> Account:
        """Returns the account of a stored profile; API keys of the environment are ignored.

        Raises:
            ProfileRequired, NoActiveProfile, InvalidProfileName, InvalidUrl, WrongServer, ProfileError: as `account`.
        """
        found = await self.profile(profile)
        return self._account(found, bound_base_url(found, self._configured), profile_credential(found))

    async def for_login(self, profile: str | None) -> Account:
        """Returns the account to log in to. Its server is the configured one, else the profile's.

        Raises:
            ProfileRequired, InvalidProfileName, ProfileError: as `account` does.
            InvalidUrl: the web app's URL must not be used.
            ConfigurationError: the profile belongs to the other kind of server, or there is no client id.
            PromptVMAuthError: the errors of `Discovery.run`.
        """
        return await self._login_to(await self.profile_to_log_in(profile))

    async def of_client(self) -> Account:
        """Returns an account at the server that a login of this client is for; its profile is not used.

        Raises:
            PromptVMAuthError: the errors of `for_login`.
        """
        one = self._configured.users is Users.ONE
        return await (self.for_login(None) if one else self._login_to(Profile.absent("")))

    async def _login_to(self, found: Profile) -> Account:
        configured = self._configured
        if (found.recorded and configured.issuer and not found.issuer) or (
            found.issuer and configured.base_url and not configured.issuer
        ):
            belongs = f"to {found.issuer}" if found.issuer else "to PromptVM"
            raise ConfigurationError(f"profile {found.name!r} belongs {belongs}: choose another name for this login")
        if configured.server is None and (configured.issuer or found.issuer):
            return self.at(found, await self.servers.for_login(found, self.secrets_of(found)))
        return self.at(found, self.promptvm(configured.api_url or found.shown_base_url))

    async def profile(self, profile: str | None) -> Profile:
        """Loads the profile of a call: the named one, else the active one, which is `default` before the first login.

        A client for a standard server skips an active profile of another server. It uses a profile of its own issuer,
        else a new name made from the issuer's host.

        Raises:
            ProfileRequired: there is no name, and the client has no default profile.
            NoActiveProfile: there is no name, and no profile is active.
            InvalidProfileName: the name is invalid.
            ProfileError: the profile cannot be read.
        """
        found = await self._profile(profile)
        if found is None:
            raise NoActiveProfile(tuple(await self._ports.profiles.names()))
        return found

    async def profile_to_log_in(self, profile: str | None) -> Profile:
        """Loads the profile of a login, as `profile` does; where no profile is active, a login takes `default`.

        A damaged profile counts as absent: the login replaces it. So does one whose store cannot tell whose it is.

        Raises:
            ProfileRequired, InvalidProfileName: as `profile` does.
            ConfigurationError: the profile is damaged, and belongs to the other kind of server.
            ProfileError: the profile or the configuration cannot be read.
        """
        if profile is not None and self._configured.users is Users.ONE:
            await self._ports.profiles.active()  # a login changes it at its end: damage is found before a user is asked
        try:
            found = await self._profile(profile)
        except (ProfileCorrupt, StoreError) as error:
            from .unread_profile import replaced_by_login

            return await replaced_by_login(error, self._configured, self._ports.profiles, named=self.named(profile))
        if found is not None:
            return found
        name = DEFAULT_PROFILE
        if issuer := self._configured.issuer:
            from .issuer_profiles import named_after

            name = named_after(issuer)
        return await load_profile(self._ports.profiles, name)

    async def _profile(self, profile: str | None) -> Profile | None:
        """Loads the profile of a call; None if there is no name and no profile is active."""
        profiles, issuer = self._ports.profiles, self._configured.issuer
        profile = self.named(profile)
        if profile is not None:
            return await self._load(check_name(profile))
        name = await profiles.active()
        active = await self._load(check_name(name)) if name else None
        if issuer is None or (active is not None and (not active.recorded or active.issuer == issuer)):
            return active
        from .issuer_profiles import profile_of_issuer

        return await profile_of_issuer(profiles, issuer, active)

    async def _load(self, name: str) -> Profile:
        """Loads a profile; if its store is asked whose it is and is locked, the user is asked to unlock it."""
        try:
            return await load_profile(self._ports.profiles, name)
        except StoreLocked:
            if not await self._ports.shared_secrets.unlock(name):
                raise
            return await load_profile(self._ports.profiles, name)

    def at(self, profile: Profile, server: "AuthorizationServer") -> Account:
        """Returns the account of a profile at a known server."""

        async def find_server(_: StoredFields | None = None, /) -> "AuthorizationServer":
            return server

        secrets = self._factory.own_secrets() if server.issuer else self._ports.shared_secrets
        return Account(profile.name, profile, server.base_url, NO_KEY, secrets, find_server)

    def secrets_of(self, profile: Profile) -> "AwaitedSecretStore":
        """Returns the store for a profile's tokens; a new profile belongs to the client's own server."""
        issuer = profile.issuer if profile.recorded else self._configured.issuer
        return self._factory.own_secrets() if issuer else self._ports.shared_secrets

    async def places_of(self, name: str) -> "tuple[AwaitedSecretStore, ...]":
        """Returns the stores that may have a profile's tokens; both stores if the profile cannot be read."""
        try:
            return (self.secrets_of(await load_profile(self._ports.profiles, name)),)
        except ProfileError:
            shared, own = self._ports.shared_secrets, self._factory.own_secrets()
            return (shared,) if own is shared else (shared, own)

    def next_login(self) -> "tuple[AwaitedSecretStore, str]":
        """Returns the store of a login without a name, and its server's base URL or issuer."""
        configured = self._configured
        return self.secrets_of(Profile.absent("")), configured.issuer or configured.api_url or DEFAULT_BASE_URL

    @property
    def servers(self) -> "Servers":
        """The standard servers, built on first use."""
        if self._servers is None:
            from .servers import Servers

            online = self._online()
            self._servers = Servers(self._configured, online, self._ports.clock, self._factory.metadata())
        return self._servers

    def _account(self, profile: Profile, base_url: str, credential: Credential) -> Account:
        secrets = self.secrets_of(profile)

        async def server(fields: StoredFields | None = None, /) -> "AuthorizationServer":
            if not profile.issuer and not self._configured.issuer:
                return self.promptvm(base_url)
            loaded = await secrets.load(profile.name) if fields is None else fields
            return await self.servers.of_profile(profile, loaded or StoredFields())

        return Account(profile.name, profile, base_url, credential, secrets, server)

    def promptvm(self, base_url: str) -> "AuthorizationServer":
        """Returns PromptVM's server at a base URL."""
        from ..oauth.server import promptvm_server

        return self._configured.server or promptvm_server(base_url, self._configured.app_url)


def profile_credential(profile: Profile) -> Credential:
    """Returns the API key of a profile; the keys of a profile with a login are ignored."""
    if profile.is_login:
        return NO_KEY
    if profile.public_key and profile.secret_key:
        return Credential.of_pair(profile.public_key, profile.secret_key)
    return Credential(profile.api_key or None)


def bound_base_url(profile: Profile, configuration: Configuration) -> str:
    """Returns the base URL of a profile's login, after checking that the client is configured for that server.

    Raises:
        WrongServer: the login belongs to another server or client than the configured one.
        InvalidUrl: the recorded base URL must not be used.
    """
    if configuration.issuer or profile.issuer:
        return _bound_issuer(profile, configuration)
    chosen = configuration.api_url
    if chosen is not None and (not profile.recorded or profile.base_url == chosen):
        return chosen
    bound = normal_base_url(profile.shown_base_url, f"the base URL of profile {profile.name!r}")
    if chosen is not None and not same_origin(chosen, bound):
        raise WrongServer(
            f"the login of profile {profile.name!r} belongs to {bound}, but {chosen} is configured; nothing was "
            "sent. Use another profile, or log in again to move this one"
        )
    return chosen or bound


def _bound_issuer(profile: Profile, configuration: Configuration) -> str:
    """Returns the issuer that a profile is bound to (RFC 9700 §4.4.2).

    Raises:
        WrongServer: another server or another client is configured.
    """
    issuer = profile.issuer or profile.shown_base_url
    if not profile.recorded:
        return configuration.issuer or issuer
    chosen = configuration.issuer or configuration.base_url
    if chosen not in {None, issuer} or (configuration.issuer and not profile.issuer):
        raise WrongServer(
            f"the login of profile {profile.name!r} belongs to {issuer}, but {chosen} is configured; nothing was "
            "sent. Use another profile, or log in again"
        )
    if configuration.client_id not in {None, profile.client_id}:
        raise WrongServer(
            f"the login of profile {profile.name!r} belongs to the client {profile.client_id!r}, but "
            f"{configuration.client_id!r} is configured; nothing was sent. Use another profile, or log in again"
        )
    return issuer
