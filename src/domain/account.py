"""Whose login a call is about, at which server, identified by what, and in which store: resolved once, then passed on.

PromptVM's rule of precedence: explicit arguments, then the key pair of the environment, then its API key, then the
active profile. Loads no attrs: a stored token passes through here.
"""

from typing import TYPE_CHECKING, NamedTuple

from ..ports.profiles import split_key_pair
from ..ports.secret import Secret
from ..ports.secrets import AwaitedSecretStore
from .configuration import Configuration
from .errors import ConfigurationError, IncompleteKeyPair, WrongServer
from .profile import Profile
from .url import normal_base_url, same_origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .oauth.server import AuthorizationServer

_PUBLIC, _SECRET, _API_KEY = "PROMPTVM_PUBLIC_KEY", "PROMPTVM_SECRET_KEY", "PROMPTVM_API_KEY"


class Credential(NamedTuple):
    """The API key that a call identifies itself with; empty for a login, whose tokens are in a secret store.

    Attributes:
        api_key: a bearer key, or None.
        public_key: the public half of a key pair, or the empty text.
        secret_key: its secret half, or None.
    """

    api_key: Secret | None = None
    public_key: str = ""
    secret_key: Secret | None = None

    @property
    def key(self) -> Secret | None:
        """The API key as one text, `public:secret` for a pair; None for a login."""
        if self.secret_key is not None:
            return Secret(f"{self.public_key}:{self.secret_key.reveal()}")
        return self.api_key


class Account(NamedTuple):
    """One login, or one API key.

    Attributes:
        profile: as it is recorded; without a name where the environment holds the key.
        base_url: where the login belongs; its tokens are sent to no other origin.
        credential: the API key, if there is one.
        secrets: the store that holds its tokens, or would take them.
        find_server: finds the whole server; asking it may take a request.
    """

    profile: Profile
    base_url: str
    credential: Credential
    secrets: AwaitedSecretStore
    find_server: "Callable[[Account], Awaitable[AuthorizationServer]]"

    @property
    def name(self) -> str:
        """The profile's name; empty where the environment holds the key."""
        return self.profile.name

    @property
    def key(self) -> Secret | None:
        """The API key, or None for a login."""
        return self.credential.key

    async def server(self) -> "AuthorizationServer":
        """Finds the server that the login belongs to.

        Raises:
            WrongServer: the stored tokens are bound to another server than the profile names.
            PromptVMAuthError: a standard server could not be discovered; `InvalidMetadata`, `TransportError` and more.
        """
        return await self.find_server(self)


def environment_credential(configuration: Configuration) -> Credential | None:
    """Returns the API key of the environment, or None if it holds none.

    Raises:
        IncompleteKeyPair: the environment holds half a key pair.
        ConfigurationError: a key has characters that no header can carry.
    """
    public_key, secret_key, api_key = (_variable(configuration, name) for name in (_PUBLIC, _SECRET, _API_KEY))
    if bool(public_key) != bool(secret_key):
        missing = _SECRET if public_key else _PUBLIC
        raise IncompleteKeyPair(f"half a key pair is set: set {missing} as well, or unset the other half")
    if public_key:
        return Credential(None, public_key.reveal(), secret_key)
    if pair := split_key_pair(api_key.reveal()):
        return Credential(None, pair[0], Secret(pair[1]))
    return Credential(api_key) if api_key else None


def profile_credential(profile: Profile) -> Credential:
    """Returns the API key of a profile; a login uses no key that lies beside it."""
    if profile.is_login:
        return Credential()
    if profile.public_key and profile.secret_key:
        return Credential(None, profile.public_key, profile.secret_key)
    return Credential(profile.api_key or None)


def bound_base_url(profile: Profile, configuration: Configuration) -> str:
    """Returns where a profile's login belongs, if the client was made for that server.

    Raises:
        WrongServer: the login belongs to another server, or to another client of it, than the configured one.
        InvalidUrl: the recorded or the configured base URL must not be used.
    """
    if configuration.issuer or profile.issuer:
        return _bound_issuer(profile, configuration)
    bound = normal_base_url(profile.shown_base_url, f"the base URL of the profile {profile.name!r}")
    chosen = configuration.chosen_base_url()
    if chosen is not None and profile.recorded and not same_origin(chosen, bound):
        raise WrongServer(
            f"the login of the profile {profile.name!r} belongs to {bound}, and {chosen} is configured; nothing was "
            "sent. Use another profile, or log in again to move this one"
        )
    return chosen or bound


def _bound_issuer(profile: Profile, configuration: Configuration) -> str:
    """Returns the issuer that a profile is bound to (RFC 9700 §4.4.2).

    Raises:
        WrongServer: the client is one for another server, or another client of it.
    """
    issuer = profile.issuer or profile.shown_base_url
    if not profile.recorded:
        return configuration.issuer or issuer
    chosen = configuration.issuer or configuration.base_url
    if chosen not in {None, issuer} or (configuration.issuer and not profile.issuer):
        raise WrongServer(
            f"the login of the profile {profile.name!r} belongs to {issuer}, and {chosen} is configured; nothing was "
            "sent. Use another profile, or log in again"
        )
    if configuration.client_id not in {None, profile.client_id}:
        raise WrongServer(
            f"the login of the profile {profile.name!r} belongs to the client {profile.client_id!r}, and "
            f"{configuration.client_id!r} is configured; nothing was sent. Use another profile, or log in again"
        )
    return issuer


def _variable(configuration: Configuration, name: str) -> Secret:
    value = Secret(configuration.environ.get(name, ""))
    if not all("!" <= character <= "~" for character in value.reveal()):
        raise ConfigurationError(f"{name} has characters that no header can carry; set it again without them")
    return value
