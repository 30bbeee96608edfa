"""The account of one call: profile, server, API key and secret store, resolved once and then passed on."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..ports.profiles import split_key_pair
from ..ports.secret import Secret
from ..ports.secrets import AwaitedSecretStore, StoredFields
from .errors import ConfigurationError, IncompleteKeyPair
from .profile import Profile

if TYPE_CHECKING:
    from .configuration import Configuration
    from .oauth.server import AuthorizationServer

_PUBLIC, _SECRET, _API_KEY = "PROMPTVM_PUBLIC_KEY", "PROMPTVM_SECRET_KEY", "PROMPTVM_API_KEY"


class FindServer(Protocol):
    """Finds the server of an account."""

    async def __call__(self, fields: StoredFields | None = None, /) -> "AuthorizationServer":
        """Returns the server with its endpoints, which may need a request.

        Args:
            fields: the account's tokens, if they were loaded already; a standard server's client secret is with them.

        Raises:
            WrongServer: the tokens are bound to another server than the profile.
            PromptVMAuthError: the errors of `Discovery.run`.
        """
        ...


class Credential(NamedTuple):
    """The API key that authenticates a call; empty for a login, whose tokens are in a secret store.

    Attributes:
        key: the API key as one text, `public:secret` for a key pair; None for a login.
        public_key: the public key of a key pair, or the empty text.
        secret_key: its secret key, or None.
    """

    key: Secret | None = None
    public_key: str = ""
    secret_key: Secret | None = None

    @classmethod
    def of_pair(cls, public_key: str, secret_key: Secret) -> "Credential":
        """Returns the credential of a key pair."""
        return cls(Secret(f"{public_key}:{secret_key.reveal()}"), public_key, secret_key)


NO_KEY = Credential()
"""The credential of a login."""


class Account(NamedTuple):
    """One login, or one API key.

    Attributes:
        name: the profile's name; empty for an API key from the environment.
        profile: the profile as recorded.
        base_url: the server's base URL; the tokens are sent to no other origin.
        credential: the API key, if there is one.
        secrets: the store for the tokens.
        server: finds its server.
    """

    name: str
    profile: Profile
    base_url: str
    credential: Credential
    secrets: AwaitedSecretStore
    server: FindServer


def environment_credential(configuration: "Configuration") -> Credential | None:
    """Returns the API key of the environment, or None if it has none.

    Raises:
        IncompleteKeyPair: the environment has half a key pair.
        ConfigurationError: a key has characters that are not allowed in a header.
    """
    public_key, secret_key, api_key = (_variable(configuration, name) for name in (_PUBLIC, _SECRET, _API_KEY))
    if bool(public_key) != bool(secret_key):
        missing = _SECRET if public_key else _PUBLIC
        raise IncompleteKeyPair(f"only half a key pair is set: set {missing} as well, or unset the other half")
    if public_key:
        return Credential.of_pair(public_key.reveal(), secret_key)
    if pair := split_key_pair(api_key.reveal()):
        return Credential.of_pair(pair[0], Secret(pair[1]))
    return Credential(api_key) if api_key else None


def _variable(configuration: "Configuration", name: str) -> Secret:
    value = Secret(configuration.environ.get(name, ""))
    if not all("!" <= character <= "~" for character in value.reveal()):
        raise ConfigurationError(f"{name} has characters that are not allowed in a header; set it without them")
    return value
