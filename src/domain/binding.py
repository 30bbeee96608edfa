"""Stored tokens and their binding: the server that issued them, the user they are for, when they were granted.

It is stored beside the tokens, with a digest of those that it describes. A program that writes tokens and no binding,
such as the Go tool, leaves an older binding with another digest: it is ignored, and the tokens count as unbound. Loads
no attrs, since every stored token is checked before it is used.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Self

from ..ports.rfc3339 import format_time, parse_time
from ..ports.secrets import AwaitedSecretStore, StoredFields
from .errors import StoreLocked, UnboundTokens, WrongServer, WrongUser
from .profile import Profile
from .url import same_origin

if TYPE_CHECKING:
    from .account import Account
    from .oauth.server import AuthorizationServer

_SERVER, _CLIENT, _USER = "bound_server", "bound_client", "bound_user"
_DIGEST, _GRANTED_AT, _LIFETIME = "bound_pair", "granted_at", "granted_for"
_OVER = "bound_over"

BINDING_FIELDS = frozenset({_SERVER, _CLIENT, _USER, _DIGEST, _GRANTED_AT, _LIFETIME, _OVER})
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


class Binding(NamedTuple):
    """Whose tokens these are.

    Attributes:
        server: the base URL of PromptVM's API, or the issuer of a standard server.
        client_id: the client identifier at a standard server; empty for PromptVM.
        user_id: the server's id of the user; empty if the server did not say.
        granted_at: when the tokens were granted, in seconds since 1970-01-01 UTC; None if that is not known.
        lifetime: the lifetime of the access token in seconds as granted; None if the server did not say.
        over: the `Profile.digest` of another login that this one replaced; empty if it replaced none.
    """

    server: str
    client_id: str = ""
    user_id: str = ""
    granted_at: float | None = None
    lifetime: float | None = None
    over: str = ""

    @property
    def expires_at(self) -> float | None:
        """When the access token expires, in seconds since 1970-01-01 UTC; None if that is not known."""
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
        if not server or fields.get(_DIGEST) != digest_of(fields):
            return None
        lifetime = fields.get(_LIFETIME, "")
        known = lifetime.isascii() and lifetime.isdigit() and len(lifetime) <= _LIFETIME_DIGITS
        granted_at = parse_time(fields.get(_GRANTED_AT))
        known_lifetime, over = float(lifetime) if known else None, fields.get(_OVER, "")
        return cls(server, fields.get(_CLIENT, ""), fields.get(_USER, ""), granted_at, known_lifetime, over)

    def bound(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Returns fields with their tokens bound, and without an older binding."""
        times = {
            _GRANTED_AT: "" if self.granted_at is None else format_time(self.granted_at),
            _LIFETIME: "" if self.lifetime is None else str(int(self.lifetime)),
        }
        whose = {_SERVER: self.server, _CLIENT: self.client_id, _USER: self.user_id, _OVER: self.over}
        own = {name: text for name, text in {**whose, **times, _DIGEST: digest_of(fields)}.items() if text}
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
    if binding is None:
        return False
    return binding.expires_at is None or expires_at is None or abs(binding.expires_at - expires_at) < _ROUNDING


async def load_fields(secrets: AwaitedSecretStore, name: str) -> StoredFields | None:
    """Returns the fields of a profile, or None; if the store is locked, the user is asked to unlock it.

    Not for callers that hold the profile's lock.

    Args:
        secrets: the store.
        name: the profile's name.

    Raises:
        StoreError: the store could not be read, or was not unlocked.
    """
    try:
        return await secrets.load(name)
    except StoreLocked:
        if not await secrets.unlock(name):
            raise
        return await secrets.load(name)


def binding_of(server: "AuthorizationServer") -> dict[str, str]:
    """Returns the fields that bind tokens to a server and a client, with the client secret; empty for PromptVM."""
    if server.issuer is None:
        return {}
    secret = {"client_secret": server.client_secret.reveal()} if server.client_secret else {}
    return binding(server.issuer, server.client_id) | secret


def binding(issuer: str, client_id: str) -> dict[str, str]:
    """Returns the fields that bind tokens to an issuer and a client."""
    return {"version": VERSION, "server": issuer, "client_id": client_id}


def check_binding(profile: str, fields: Mapping[str, str], issuer: str | None, client_id: str) -> None:
    """Checks that stored tokens belong to a server; called before they are sent to it (RFC 9700 §4.4.2).

    Args:
        profile: the profile's name.
        fields: the stored fields.
        issuer: the server's issuer identifier; None for PromptVM.
        client_id: the client identifier.

    Raises:
        WrongServer: the tokens are bound to another server or client, or not bound at all.
    """
    wanted = (None, None) if issuer is None else (issuer, client_id)
    if (fields.get("server"), fields.get("client_id")) != wanted:
        whose = "PromptVM" if issuer is None else issuer
        raise WrongServer(
            f"the stored tokens of profile {profile!r} do not belong to {whose}; nothing was sent, log in again"
        )


def check_pair(account: "Account", fields: Mapping[str, str]) -> Binding | None:
    """Checks that stored tokens belong to an account; called before they are handed out or sent.

    Args:
        account: the account.
        fields: the stored fields.

    Returns:
        The binding; None if the tokens are not bound. Then the recorded profile alone says whose they are.

    Raises:
        WrongServer: they belong to another server or client.
        UnboundTokens: neither they nor a profile say which server issued them.
        WrongUser: they belong to another user than the profile.
    """
    profile, server = account.profile, fields.get("server")
    if profile.issuer or server is not None:
        client_id = profile.client_id or fields.get("client_id", "")
        check_binding(account.name, fields, account.base_url, client_id)
    binding = Binding.read(fields)
    if binding is None:
        if not profile.recorded and server is None:
            raise UnboundTokens(
                f"there are tokens for profile {account.name!r}, but no profile of that name says which server issued "
                "them; nothing was sent, log in again"
            )
        return None
    if binding.server != account.base_url and not same_origin(binding.server, account.base_url):
        raise WrongServer(
            f"the stored tokens of profile {account.name!r} belong to {binding.server}, not to {account.base_url}; "
            "nothing was sent. Use another profile, or log in again"
        )
    check_user(account, binding.user_id, granted=False)
    return binding


def check_user(account: "Account", user_id: str, *, granted: bool = True) -> None:
    """Checks that tokens are for the user of an account's profile; unknown users are not compared.

    Args:
        account: the account.
        user_id: the server's id of the tokens' user; empty if it is not known.
        granted: whether the server has just granted them; otherwise they are stored.

    Raises:
        WrongUser: they are for another user.
    """
    expected = account.profile.user_id
    if user_id and expected and user_id != expected:
        raise wrong_user(account.name, granted=granted)


def wrong_user(name: str, *, granted: bool = False) -> WrongUser:
    """Returns the error for tokens of another user than the profile's."""
    error = WrongUser(
        f"the stored tokens of profile {name!r} are for another user than the profile says; they were not used, log in "
        "again"
    )
    error.granted = granted
    return error


def have_one_expiry(profile: Profile, fields: Mapping[str, str]) -> bool:
    """Returns whether a profile and stored tokens have the same expiry, in whole seconds; none equals none.

    A program that writes both gives them one.
    """
    recorded, stored = parse_time(profile.expires_at), parse_time(fields.get("expires_at"))
    if recorded is None or stored is None:
        return recorded is stored
    return int(recorded) == int(stored)


def contradicts(profile: Profile, fields: Mapping[str, str], binding: Binding | None) -> bool:
    """Returns whether unbound tokens have another expiry than their profile, which says nothing if it has none.

    The Go tool writes both, the profile last, so one of the two may be of another login.

    Args:
        profile: the profile.
        fields: the stored fields.
        binding: their binding, or None.
    """
    if binding is not None or parse_time(profile.expires_at) is None:
        return False
    return not have_one_expiry(profile, fields)


def describes(profile: Mapping[str, str], tokens: Mapping[str, str]) -> bool:
    """Returns whether the fields of a PromptVM profile, which another program may have written, describe stored tokens.

    Both have one expiry then. Bound tokens must also be for the profile's user, at its server.

    Args:
        profile: the fields of the profile.
        tokens: the stored fields.
    """
    recorded = Profile.of_fields("", profile)
    if not recorded.is_login or recorded.issuer or recorded.signed_in is False or not tokens.get("access_token"):
        return False
    if not have_one_expiry(recorded, tokens):
        return False
    binding = Binding.read(tokens)
    if binding is None:
        return tokens.get("server") is None
    return binding.user_id == recorded.user_id and same_origin(binding.server, recorded.shown_base_url)
