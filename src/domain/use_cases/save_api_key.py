"""Stores an API key of PromptVM in a profile, as the tool `promptvm` does, and makes that profile the active one."""

import re

from ...ports.http import Http
from ...ports.profiles import Users, split_key_pair
from ...ports.secret import Secret
from ..account import Account
from ..errors import ConfigurationError, ServerUnavailable
from ..oauth.own_message import with_own_message
from ..oauth.server import AuthorizationServer
from ..profile import Profile, save_profile
from ..url import normal_base_url
from .api import api_request
from .auto_refresh import UNAUTHORIZED
from .client_ports import OnlinePorts, StoredPorts
from .recorded_account import server_at
from .resolver import Resolver, profile_credential

MAX_KEY = 4096
"""The longest API key, in characters."""

_OF_A_LOGIN = re.compile(r"pvm_[ar]t_.*|eyJ[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
"""PromptVM's access and refresh tokens, and JSON Web Tokens (RFC 7519)."""

_MAY_SUCCEED_LATER = frozenset({408, 425, 429, *range(500, 600)})


async def save_api_key(
    ports: StoredPorts, online: OnlinePorts, resolver: Resolver, profile: str | None, key: Secret, *, check: bool
) -> str:
    """Stores a key pair, or a key that is sent as a bearer token.

    Args:
        ports: the stores of the client.
        online: its lock.
        resolver: resolves its profiles.
        profile: the profile's name; None means the active profile, or `default` if none is active.
        key: `pk_…:sk_…`, or another API key as one text.
        check: whether the server is asked first if it accepts the key.

    Returns:
        The profile's name.

    Raises:
        ConfigurationError: the key is not one, or refused, or the profile is signed in, or of a standard server.
        TransportError, ServerUnavailable: the key was to be checked and could not be.
        ProfileRequired, InvalidProfileName, InvalidUrl: the profile or the base URL is wrong.
        StoreError, LockTimeout, LockUnavailable: it is not known whether the profile is signed in.
        ProfileError: the profile cannot be read or written.
    """
    _check(key)
    configured = ports.configuration
    found = await resolver.profile_to_log_in(profile)
    if configured.issuer or found.issuer:
        raise ConfigurationError(
            f"an API key is one of PromptVM's, but the server is {configured.issuer or found.issuer}: choose another "
            "profile"
        )
    base_url = normal_base_url(configured.api_url or found.shown_base_url)
    secrets = resolver.secrets_of(found)
    named = Profile.of_api_key(found.name, base_url, key, others=found.others)
    if check:

        async def server(_: object = None, /) -> AuthorizationServer:
            return server_at(configured, base_url)

        await _ask(online.http, Account(found.name, named, base_url, profile_credential(named), secrets, server))
    await secrets.unlock(found.name, everywhere=True)
    async with online.lock.hold(found.name, timeout=ports.policy.lock_timeout):
        if await secrets.load(found.name) is not None:
            raise ConfigurationError(f"profile {found.name!r} is signed in: log out of it first, or name another one")
        await save_profile(ports.profiles, named)
    if configured.users is Users.ONE:
        await ports.profiles.activate(found.name)
    return found.name


def _check(key: Secret) -> None:
    """Checks that a key can be sent in a header, and is no half of a pair; the message does not repeat it.

    Raises:
        ConfigurationError: it is not.
    """
    text = key.reveal()
    if not text:
        raise ConfigurationError("there is no API key: it is empty")
    if len(text) > MAX_KEY or not all("!" <= character <= "~" for character in text):
        raise ConfigurationError(
            f"the API key has spaces or characters that are not allowed in a header, or more than {MAX_KEY}"
        )
    if text.startswith(("pk_", "sk_")) and split_key_pair(text) is None:
        raise ConfigurationError("this is not a whole key pair: give both keys as public_key:secret_key (pk_…:sk_…)")
    if _OF_A_LOGIN.fullmatch(text):
        raise ConfigurationError(
            "this is a token of a login and no API key: it expires soon. Create an API key, or log in"
        )


async def _ask(http: Http, account: Account) -> None:
    """Asks the server whose key it is; a key that may not know this is accepted.

    Raises:
        ConfigurationError: the server does not accept it.
        TransportError, ServerUnavailable: the server could not be asked.
    """
    url = (await account.server()).endpoint("userinfo_endpoint")
    response = await http.send(api_request("GET", url, account, account.credential.key or Secret("")))
    if response.status == UNAUTHORIZED:
        raise ConfigurationError(
            f"{account.base_url} does not accept this API key (HTTP status 401); nothing was stored. Copy it again, "
            "and check the server"
        )
    if response.status in _MAY_SUCCEED_LATER:
        problem = f"{account.base_url} could not check this API key (HTTP status {response.status}); nothing was stored"
        raise with_own_message(ServerUnavailable("", problem, response.status))
