"""Authenticates a client with a secret at the token endpoint (RFC 6749 §2.3.1); public clients have no secret."""

from base64 import b64encode
from collections.abc import Collection
from enum import StrEnum
from urllib.parse import quote_plus

from ...ports.hidden import Hidden
from ...ports.secret import Secret
from ..errors import ConfigurationError


class ClientAuth(StrEnum):
    """The client authentication methods, named as in RFC 7591 §2."""

    NONE = "none"
    """A public client: its identifier is sent in the body."""

    BASIC = "client_secret_basic"
    """Identifier and secret, each form-urlencoded, are sent in an `Authorization` header."""

    POST = "client_secret_post"
    """The secret is sent in the body, for servers that support nothing else."""


def choose_client_auth(secret: Secret | None, supported: Collection[str]) -> ClientAuth:
    """Returns the client authentication method (RFC 8414 §2: the default is `client_secret_basic`).

    Args:
        secret: the client secret; None for a public client.
        supported: the methods that the server's metadata lists; ignored for public clients, since servers often omit
            `none`.

    Raises:
        ConfigurationError: the server supports no method that this package supports.
    """
    if not secret:
        return ClientAuth.NONE
    for method in (ClientAuth.BASIC, ClientAuth.POST):
        if method in (supported or (ClientAuth.BASIC,)):
            return method
    raise ConfigurationError(
        f"the server accepts client secrets only by a method that is not supported: {', '.join(sorted(supported))}"
    )


def basic_header(client_id: str, secret: Secret) -> Hidden[str]:
    """Returns the `Authorization` header of `client_secret_basic` (RFC 6749 §2.3.1, appendix B)."""
    credentials = f"{quote_plus(client_id)}:{quote_plus(secret.reveal())}"
    return Hidden(Authorization=f"Basic {b64encode(credentials.encode()).decode()}")
