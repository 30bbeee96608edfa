"""Profiles: their names, and which credential a call uses (PromptVM's rule of precedence).

Explicit arguments come first, then the key pair of the environment, then its API key, then the active profile.
Loads no attrs: handing out a stored token passes through here.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, Never
from urllib.parse import urlsplit

from ..ports.profile_name import RULE, is_profile_name
from ..ports.profiles import AwaitedProfileStore
from ..ports.secret import Secret
from ..ports.secrets import StoredFields
from .errors import ConfigurationError, IncompleteKeyPair, InvalidProfileName, WrongServer
from .url import normal_base_url, same_origin

DEFAULT_PROFILE = "default"
DEFAULT_BASE_URL = "https://api.promptvm.ai"
OAUTH = "oauth"
_KEYS = ("PROMPTVM_PUBLIC_KEY", "PROMPTVM_SECRET_KEY", "PROMPTVM_API_KEY")


def check_name(name: str) -> str:
    """Give the profile's name back.

    Raises:
        InvalidProfileName: it is against the rule of `ports.profile_name`.
    """
    if not is_profile_name(name):
        raise InvalidProfileName(f"a profile name is {RULE}")
    return name


class Configuration(NamedTuple):
    """What the embedder passed and what the environment says.

    Attributes:
        environ: the environment variables.
        base_url: of the API, as passed; None if it was not.
        app_url: of the web app, as passed; None if it was not.
        issuer: of a standard server, as passed; None stands for PromptVM, or for what the profile says.
        client_id: that is registered there, as passed.
    """

    environ: Mapping[str, str]
    base_url: str | None = None
    app_url: str | None = None
    issuer: str | None = None
    client_id: str | None = None

    def __repr__(self) -> str:
        return f"Configuration(base_url={self.base_url!r}, app_url={self.app_url!r})"  # the environment holds keys

    def __reduce__(self) -> Never:
        raise TypeError("the configuration holds the environment and is not pickled")

    def chosen_base_url(self) -> str | None:
        """Give the base URL that was passed or stands in the environment, checked; None if neither.

        Raises:
            InvalidUrl: it must not be used.
        """
        url = self.base_url or self.environ.get("PROMPTVM_BASE_URL")
        return normal_base_url(url) if url else None

    def chosen_app_url(self) -> str | None:
        """Give the web app's URL that was passed or stands in the environment; None if neither."""
        return self.app_url or self.environ.get("PROMPTVM_APP_URL") or None


class Credential(NamedTuple):
    """What a call identifies itself with.

    Attributes:
        profile: the profile's name; empty where the environment holds the key.
        base_url: where the login belongs.
        recorded: the profile as it is stored; empty where there is none.
        api_key: a bearer key, or None.
        public_key: the public half of a key pair, or the empty text.
        secret_key: its secret half, or None.
    """

    profile: str
    base_url: str
    recorded: StoredFields
    api_key: Secret | None = None
    public_key: str = ""
    secret_key: Secret | None = None

    @property
    def key(self) -> Secret | None:
        """The API key as one text, `public:secret` for a pair; None for an OAuth profile."""
        if self.secret_key is not None:
            return Secret(f"{self.public_key}:{self.secret_key.reveal()}")
        return self.api_key


async def resolve(profiles: AwaitedProfileStore, configuration: Configuration, profile: str | None) -> Credential:
    """Find the credential for a call.

    Args:
        profiles: where the profiles are.
        configuration: arguments and environment.
        profile: the name that the caller gave, or None.

    Raises:
        InvalidProfileName: the name is none.
        InvalidUrl: a base URL must not be used.
        IncompleteKeyPair: the environment holds half a key pair.
        WrongServer: the profile's login belongs to another server than the configured one.
        ProfileError: the profile cannot be read.
    """
    if profile is None and not configuration.issuer and (key := _environment_key(configuration)) is not None:
        public_key, secret_key, api_key = key
        base_url = configuration.chosen_base_url() or DEFAULT_BASE_URL
        return Credential("", base_url, StoredFields(), api_key, public_key, secret_key)
    name = await named_or_active(profiles, profile, configuration.issuer)
    recorded = await profiles.load(name) or StoredFields()
    return of_profile(name, recorded, configuration)


def of_profile(name: str, recorded: StoredFields, configuration: Configuration) -> Credential:
    """Give the credential of a stored profile, bound to the origin that is recorded with it.

    Raises:
        WrongServer: the configured base URL has another origin than the recorded one.
        InvalidUrl: one of them must not be used.
    """
    if configuration.issuer or recorded.get("issuer"):
        return _of_other_server(name, recorded, configuration)
    bound = normal_base_url(recorded.get("base_url") or DEFAULT_BASE_URL, f"the base URL of the profile {name!r}")
    chosen = configuration.chosen_base_url()
    if chosen is not None and recorded and not same_origin(chosen, bound):
        raise WrongServer(
            f"the login of the profile {name!r} belongs to {bound}, and {chosen} is configured; nothing was sent. "
            "Use another profile, or log in again to move this one"
        )
    base_url = chosen or bound
    if recorded.get("auth_type") == OAUTH:
        return Credential(name, base_url, recorded)
    public_key, secret_key = recorded.get("public_key", ""), recorded.get("secret_key", "")
    if public_key and secret_key:
        return Credential(name, base_url, recorded, None, public_key, Secret(secret_key))
    public_key, pair_secret, api_key = _split_key(recorded.get("api_key", ""))
    return Credential(name, base_url, recorded, api_key, public_key, pair_secret)


async def named_or_active(profiles: AwaitedProfileStore, profile: str | None, issuer: str | None = None) -> str:
    """Give the profile that a call is about: the named one, else the active one, else `default`.

    Args:
        profiles: where the profiles are.
        profile: the name that the caller gave, or None.
        issuer: of the client, if it is one for another server than PromptVM. Then an active profile of any other server
            is passed over: for one of this issuer, else for a name made of the issuer's host.

    Raises:
        InvalidProfileName: the name is none.
    """
    if profile is not None:
        return check_name(profile)
    active = check_name(await profiles.active() or DEFAULT_PROFILE)
    if issuer is None:
        return active
    recorded = await profiles.load(active)
    if recorded is None or recorded.get("issuer") == issuer:
        return active
    for name in await profiles.names():
        if (await profiles.load(name) or StoredFields()).get("issuer") == issuer:
            return name
    return _named_after(issuer)


def _named_after(issuer: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", urlsplit(issuer).netloc)[:100].strip("-") or DEFAULT_PROFILE


def _of_other_server(name: str, recorded: StoredFields, configuration: Configuration) -> Credential:
    """Give the credential of a profile that is bound to an issuer and a client (RFC 9700 §4.4.2).

    Raises:
        WrongServer: the client is one for another server, or another client of it.
    """
    issuer = recorded.get("issuer") or recorded.get("base_url") or DEFAULT_BASE_URL
    chosen = configuration.issuer or configuration.base_url
    if not recorded:
        return Credential(name, configuration.issuer or issuer, recorded)
    if chosen not in {None, issuer} or (configuration.issuer and not recorded.get("issuer")):
        raise WrongServer(
            f"the login of the profile {name!r} belongs to {issuer}, and {chosen} is configured; nothing was sent. "
            "Use another profile, or log in again"
        )
    if configuration.client_id not in {None, recorded.get("client_id")}:
        raise WrongServer(
            f"the login of the profile {name!r} belongs to the client {recorded.get('client_id', '')!r}, and "
            f"{configuration.client_id!r} is configured; nothing was sent. Use another profile, or log in again"
        )
    return Credential(name, issuer, recorded)


def _environment_key(configuration: Configuration) -> tuple[str, Secret | None, Secret | None] | None:
    """Give public key, secret key and API key of the environment, or None if it holds none."""
    public_key, secret_key, api_key = (_variable(configuration, name) for name in _KEYS)
    if bool(public_key) != bool(secret_key):
        missing = "PROMPTVM_SECRET_KEY" if public_key else "PROMPTVM_PUBLIC_KEY"
        raise IncompleteKeyPair(f"half a key pair is set: set {missing} as well, or unset the other half")
    if public_key:
        return public_key.reveal(), secret_key, None
    return _split_key(api_key.reveal()) if api_key else None


def _variable(configuration: Configuration, name: str) -> Secret:
    value = Secret(configuration.environ.get(name, ""))
    if not all("!" <= character <= "~" for character in value.reveal()):
        raise ConfigurationError(f"{name} has characters that no header can carry; set it again without them")
    return value


def _split_key(api_key: str) -> tuple[str, Secret | None, Secret | None]:
    public_key, colon, secret_key = api_key.partition(":")
    if colon and public_key.startswith("pk_") and secret_key.startswith("sk_"):
        return public_key, Secret(secret_key), None
    return "", None, Secret(api_key) if api_key else None
