"""Checks that stored tokens belong to an account: to its server, its user and its profile.

Loads no attrs, since every stored token is checked before it is used.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...ports.rfc3339 import parse_time
from ..binding import Binding
from ..errors import UnboundTokens, WrongServer, WrongUser
from ..profile import Profile
from ..url import same_origin

if TYPE_CHECKING:
    from ..account import Account


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
