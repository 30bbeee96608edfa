"""How a client with a secret identifies itself at the token endpoint (RFC 6749 §2.3.1); most clients here have none."""

from base64 import b64encode
from collections.abc import Collection
from enum import StrEnum
from urllib.parse import quote_plus

from ...ports.hidden import Hidden
from ...ports.secret import Secret
from ..errors import ConfigurationError


class ClientAuth(StrEnum):
    """The methods, by the names of RFC 7591 §2."""

    NONE = "none"
    """A public client: its identifier travels in the body."""

    BASIC = "client_secret_basic"
    """Identifier and secret, each form-urlencoded, in an `Authorization` header."""

    POST = "client_secret_post"
    """The secret travels in the body, for servers that take it in no other way."""


def choose_client_auth(secret: Secret | None, supported: Collection[str]) -> ClientAuth:
    """Choose the method (RFC 8414 §2: a server that names none takes `client_secret_basic`).

    Args:
        secret: the client's, or None.
        supported: as the server's metadata names them; a public client needs none of them, for `none` is often
            forgotten there.

    Raises:
        ConfigurationError: the server takes a secret in no way that this package offers.
    """
    if not secret:
        return ClientAuth.NONE
    for method in (ClientAuth.BASIC, ClientAuth.POST):
        if method in (supported or (ClientAuth.BASIC,)):
            return method
    raise ConfigurationError(f"the server takes client secrets by {', '.join(sorted(supported))} only")


def basic_header(client_id: str, secret: Secret) -> Hidden[str]:
    """Give the `Authorization` header of `client_secret_basic` (RFC 6749 §2.3.1, appendix B)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret.reveal())}"
    return Hidden(Authorization=f"Basic {b64encode(pair.encode()).decode()}")
