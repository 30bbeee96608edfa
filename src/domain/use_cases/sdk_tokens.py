"""Tokens for other SDKs: a token with the time to renew it, and storing tokens that an MCP client was granted."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ...ports.secret import Secret
from ..errors import PromptVMAuthError

if TYPE_CHECKING:
    from .client import Client


async def token_until(client: Client, profile: str | None, refused: str | None) -> tuple[str, float]:
    """Returns a token and the time to renew it, in seconds since 1970-01-01 UTC.

    Args:
        client: the client.
        profile: the profile's name; None means the credentials of the environment, else the active profile.
        refused: a token that a server refused and that must be replaced, or None.

    Raises:
        PromptVMAuthError: the errors of `Access.token`.
    """
    if refused is not None:
        await client.access.replace_for(profile, Secret(refused))
    cached = await client.access.cached(profile)
    return cached.token.reveal(), cached.renew_at


async def token_or_login(client: Client, profile: str | None) -> tuple[str, float | None] | None:
    """Returns a token and the seconds until it is renewed, or None if only a new login helps.

    Args:
        client: the client.
        profile: the profile's name; None means the credentials of the environment, else the active profile.

    Raises:
        PromptVMAuthError: the errors of `Access.token` that a login does not solve.
    """
    try:
        token, until = await token_until(client, profile, None)
    except PromptVMAuthError as error:
        if error.needs_login:
            return None
        raise
    return token, until - client.stored.clock.now() if isfinite(until) else None


async def save_granted(
    client: Client, profile: str | None, access_token: str, refresh_token: str | None, expires_in: float | None
) -> None:
    """Stores tokens that another OAuth client was granted, as the login of a profile.

    Args:
        client: the client.
        profile: the profile's name; None means the active one.
        access_token: the access token.
        refresh_token: the refresh token, or None.
        expires_in: the lifetime of the access token in seconds, or None.

    Raises:
        StoreError, ProfileError: nothing was stored.
    """
    from ..tokens import StoredTokens, as_datetime

    expires_at = None if expires_in is None else as_datetime(client.stored.clock.now() + expires_in)
    tokens = StoredTokens(access_token, refresh_token or None, expires_at)
    found = await client.resolver.profile_to_log_in(profile)
    await client.steps.save_tokens(found.name, tokens)
