"""Whose login a call is about, at which server, by which key, and in which store: resolved once, then passed on."""

from typing import TYPE_CHECKING, NamedTuple

from ..ports.secret import Secret
from ..ports.secrets import AwaitedSecretStore
from .profile import Profile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .oauth.server import AuthorizationServer


class Credential(NamedTuple):
    """The API key that a call identifies itself with; empty for a login, whose tokens are in a secret store.

    Attributes:
        key: the API key as one text, `public:secret` for a pair; None for a login.
        public_key: the public half of a pair, or the empty text.
        secret_key: its secret half, or None.
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
        name: the profile's name; empty where the environment holds the key.
        profile: as it is recorded.
        base_url: where the login belongs; its tokens are sent to no other origin.
        credential: the API key, if there is one.
        secrets: the store that holds its tokens, or would take them.
        server: finds the whole server, which may take a request. It raises `WrongServer` where the stored tokens are
            bound to another server than the profile names, and what `Discovery.run` raises.
    """

    name: str
    profile: Profile
    base_url: str
    credential: Credential
    secrets: AwaitedSecretStore
    server: "Callable[[], Awaitable[AuthorizationServer]]"
