"""Stored tokens and their binding: the server that issued them, the user they are for, when they were granted.

It is stored beside the tokens, with a digest of those that it describes. A program that writes tokens and no binding,
such as the Go tool, leaves an older binding with another digest: it is ignored, and the tokens count as unbound. Loads
no attrs, since every stored token is checked before it is used.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Self

from ..ports.rfc3339 import format_time, parse_time

if TYPE_CHECKING:
    from .oauth.server import AuthorizationServer

_SERVER, _CLIENT, _USER = "bound_server", "bound_client", "bound_user"
_DIGEST, _GRANTED_AT, _LIFETIME = "bound_pair", "granted_at", "granted_for"
_OVER, _REFRESH = "bound_over", "bound_refresh"

BINDING_FIELDS = frozenset({_SERVER, _CLIENT, _USER, _DIGEST, _REFRESH, _GRANTED_AT, _LIFETIME, _OVER})
"""The fields of a secret store that a binding is written to. Releases without bindings keep and ignore them."""

VERSION = "1"
"""Of what is stored with the tokens of a standard server."""

_LIFETIME_DIGITS = 12
_ROUNDING = 2.0  # seconds: lifetime and expiry are stored in whole ones


def digest_of(fields: Mapping[str, str]) -> str:
    """Returns the SHA-256 of the access and the refresh token in stored fields, in hexadecimal."""
    from hashlib import sha256  # late: unbound tokens need none

    pair = f"{fields.get('access_token', '')}\n{fields.get('refresh_token', '')}"
    return sha256(pair.encode("utf-8", "surrogatepass")).hexdigest()


def _digest_of_refresh(fields: Mapping[str, str]) -> str:
    refresh_token = fields.get("refresh_token", "")
    return digest_of({"refresh_token": refresh_token}) if refresh_token else ""


class Binding(NamedTuple):
    """Whose tokens these are.

    Attributes:
        server: the base URL of PromptVM's API, or the issuer of a standard server.
        client_id: the client identifier at a standard server; empty for PromptVM.
        user_id: the server's id of the user; empty if the server did not say.
        granted_at: when the tokens were granted, in seconds since 1970-01-01 UTC; None if that is not known.
        lifetime: the lifetime of the access token in seconds as granted; None if the server did not say.
        over: the `Profile.digest` of another login that this one replaced; empty if it replaced none.
        torn: whether only the refresh token is described. A keychain is written entry by entry, and the access token is
            another login's if the program was ended after it wrote the refresh token.
    """

    server: str
    client_id: str = ""
    user_id: str = ""
    granted_at: float | None = None
    lifetime: float | None = None
    over: str = ""
    torn: bool = False

    @property
    def expires_at(self) -> float | None:
        """When the access token expires, in seconds since 1970-01-01 UTC; None if that is not known."""
        if self.torn:
            return 0.0  # so it is renewed, and never sent
        return None if self.granted_at is None or self.lifetime is None else self.granted_at + self.lifetime

    @classmethod
    def granted(cls, server: "AuthorizationServer", user_id: str, now: float, lifetime: float | None) -> Self:
        """Returns the binding of tokens that a server has just granted."""
        client_id = server.client_id if server.issuer is not None else ""
        return cls(server.issuer or server.base_url, client_id, user_id, now, lifetime)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Self | None:
        """Returns the binding in stored fields; None if there is none, or if it describes other tokens."""
        server = fields.get(_SERVER)
        if not server or not fields.get(_DIGEST):
            return None
        torn = fields.get(_DIGEST) != digest_of(fields)
        if torn and not (fields.get(_REFRESH) and fields[_REFRESH] == _digest_of_refresh(fields)):
            return None
        lifetime = fields.get(_LIFETIME, "")
        known = lifetime.isascii() and lifetime.isdigit() and len(lifetime) <= _LIFETIME_DIGITS
        granted_at = parse_time(fields.get(_GRANTED_AT))
        known_lifetime, over = float(lifetime) if known else None, fields.get(_OVER, "")
        return cls(server, fields.get(_CLIENT, ""), fields.get(_USER, ""), granted_at, known_lifetime, over, torn)

    def bound(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Returns fields with their tokens bound, and without an older binding."""
        times = {
            _GRANTED_AT: "" if self.granted_at is None else format_time(self.granted_at),
            _LIFETIME: "" if self.lifetime is None else str(int(self.lifetime)),
        }
        whose = {_SERVER: self.server, _CLIENT: self.client_id, _USER: self.user_id, _OVER: self.over}
        digests = {_DIGEST: digest_of(fields), _REFRESH: _digest_of_refresh(fields)}
        own = {name: text for name, text in {**whose, **times, **digests}.items() if text}
        return {name: text for name, text in fields.items() if name not in BINDING_FIELDS} | own


def expiry_of(fields: Mapping[str, str], binding: Binding | None) -> float | None:
    """Returns when a stored access token expires, in seconds since 1970-01-01 UTC; None if that is not known.

    The binding tells it together with the tokens; the entry for the expiry may be that of other ones.
    """
    if binding is None or binding.expires_at is None:
        return parse_time(fields.get("expires_at"))
    return binding.expires_at


def is_whole(fields: Mapping[str, str]) -> bool:
    """Returns whether stored tokens, their binding and their expiry belong together.

    A keychain is written entry by entry, so a reader may find entries of two logins. Where nothing is bound, this is
    not known, and the tokens count as whole.
    """
    if _DIGEST not in fields:
        return True
    binding, expires_at = Binding.read(fields), parse_time(fields.get("expires_at"))
    if binding is None or binding.torn:
        return False
    return binding.expires_at is None or expires_at is None or abs(binding.expires_at - expires_at) < _ROUNDING


def binding_of(server: "AuthorizationServer") -> dict[str, str]:
    """Returns the fields that bind tokens to a server and a client, with the client secret; empty for PromptVM."""
    if server.issuer is None:
        return {}
    secret = {"client_secret": server.client_secret.reveal()} if server.client_secret else {}
    return binding(server.issuer, server.client_id) | secret


def binding(issuer: str, client_id: str) -> dict[str, str]:
    """Returns the fields that bind tokens to an issuer and a client."""
    return {"version": VERSION, "server": issuer, "client_id": client_id}
