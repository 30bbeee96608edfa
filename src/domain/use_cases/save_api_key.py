"""Stores an API key of PromptVM in a profile, as the tool `promptvm` does, and makes that profile the active one."""

from ...ports.profiles import Users, split_key_pair
from ...ports.secret import Secret
from ..errors import ConfigurationError
from ..profile import Profile, save_profile
from ..url import normal_base_url
from .client_ports import OnlinePorts, StoredPorts
from .resolver import Resolver

MAX_KEY = 4096
"""The longest API key, in characters."""


async def save_api_key(
    ports: StoredPorts, online: OnlinePorts, resolver: Resolver, profile: str | None, key: Secret
) -> str:
    """Stores a key pair, or a key that is sent as a bearer token.

    Args:
        ports: the stores of the client.
        online: its lock.
        resolver: resolves its profiles.
        profile: the profile's name; None means the active profile, or `default` if none is active.
        key: `pk_…:sk_…`, or another API key as one text.

    Returns:
        The profile's name.

    Raises:
        ConfigurationError: the key is not one, or the profile is signed in, or belongs to a standard server.
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
    await secrets.unlock(found.name, everywhere=True)
    async with online.lock.hold(found.name, timeout=ports.policy.lock_timeout):
        if await secrets.load(found.name) is not None:
            raise ConfigurationError(f"profile {found.name!r} is signed in: log out of it first, or name another one")
        await save_profile(ports.profiles, Profile.of_api_key(found.name, base_url, key, others=found.others))
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
