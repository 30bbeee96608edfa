"""The account of a profile at the server that it records, whichever server the client is configured for.

Tokens that were removed or replaced are sent there, to end their session, and nowhere else.
"""

from typing import TYPE_CHECKING

from ..account import NO_KEY, Account
from ..configuration import Configuration
from ..errors import UnknownProfile
from ..oauth.server import AuthorizationServer, promptvm_server
from ..url import normal_base_url, same_origin

if TYPE_CHECKING:
    from .resolver import Resolver


async def recorded_account(resolver: "Resolver", configuration: Configuration, name: str) -> Account:
    """Returns the account of a profile at its recorded server.

    Args:
        resolver: resolves the accounts of the client.
        configuration: the client's configuration.
        name: the profile's name.

    Raises:
        UnknownProfile: there is no such profile, so the server of its tokens is not known.
        WrongServer: the profile is a standard server's, and another one or another client is configured.
        InvalidUrl: the recorded base URL must not be used.
        ProfileError: the profile cannot be read.
    """
    found = await resolver.profile(name)
    if not found.recorded:
        raise UnknownProfile(f"there is no profile {name!r}, so the server of its tokens is not known")
    if found.issuer:
        return (await resolver.stored(name))._replace(credential=NO_KEY)
    base_url = normal_base_url(found.shown_base_url, f"the base URL of profile {name!r}")
    return resolver.at(found, server_at(configuration, base_url))


def server_at(configuration: Configuration, base_url: str) -> AuthorizationServer:
    """Returns the PromptVM server at a base URL: the configured one if it has that origin."""
    server = configuration.server
    if server is not None and server.issuer is None and same_origin(server.base_url, base_url):
        return server
    return promptvm_server(base_url, None)
