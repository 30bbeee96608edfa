"""An access token with all that another program needs to use it: expiry, server, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...ports.secrets import StoredFields
from ..binding import Binding, expiry_of
from ..errors import NoRefreshToken, PromptVMAuthError
from .stored_fields import load_fields

if TYPE_CHECKING:
    from datetime import datetime

    from ...ports.clock import Clock
    from ...ports.hidden import Hidden
    from ...ports.secret import Secret
    from ..account import Account
    from .access import Access
    from .resolver import Resolver

BEARER = "Bearer"


class TokenDetails(NamedTuple):
    """An access token or API key, and how to use it. Its `repr` shows no secret.

    Attributes:
        access_token: the token or the key.
        token_type: `Bearer` (RFC 6750); empty for a key pair, which is sent as two headers.
        expires_at: when the token expires (UTC); None if that is not known, as of an API key.
        base_url: the URL of the API, or the issuer: send the token to its origin only.
        organization: the id of the organization; empty if the profile does not say.
        profile: the profile's name; empty for an API key in the environment.
        headers: the headers of a request with this token, by name.
    """

    access_token: Secret
    token_type: str
    expires_at: datetime | None
    base_url: str
    organization: str
    profile: str
    headers: Hidden[str]


async def token_details(
    access: Access, resolver: Resolver, clock: Clock, profile: str | None, least: float
) -> TokenDetails:
    """Returns the token of a profile with its details.

    Args:
        access: returns access tokens.
        resolver: resolves the account.
        clock: the clock.
        profile: the profile's name; None means the credentials of the environment, else the active profile.
        least: seconds for which the token should be valid; if fewer are left, it is renewed first.

    Raises:
        PromptVMAuthError: the errors of `Access.token`; a token that is valid for less is returned if it cannot be
            renewed now.
    """
    account, token, expires_at = await _current(access, resolver, profile)
    if expires_at is not None and expires_at - clock.now() < least:
        try:
            await access.forced(account.name)
        except PromptVMAuthError as error:
            if not (error.retryable or isinstance(error, NoRefreshToken)):
                raise
        account, token, expires_at = await _current(access, resolver, profile)
    return _details(account, token, expires_at)


async def _current(access: Access, resolver: Resolver, profile: str | None) -> tuple[Account, Secret, float | None]:
    """Returns an account with its token and the token's expiry, in seconds since 1970-01-01 UTC."""
    account, token = await access.of_account(await resolver.account(profile))
    if account.credential.key is not None:
        return account, token, None
    fields = await load_fields(account.secrets, account.name) or StoredFields()
    if fields.get("access_token") != token.reveal():  # another process has renewed it
        access.forget(account.name)
        account, token = await access.of_account(await resolver.account(profile))
        fields = await load_fields(account.secrets, account.name) or StoredFields()
    same = fields.get("access_token") == token.reveal()
    return account, token, expiry_of(fields, Binding.read(fields)) if same else None


def _details(account: Account, token: Secret, expires_at: float | None) -> TokenDetails:
    from ..tokens import as_datetime
    from .api import api_headers

    headers = api_headers(account, token)
    return TokenDetails(
        token,
        BEARER if headers.get("Authorization", "").startswith(f"{BEARER} ") else "",
        as_datetime(expires_at),
        account.base_url,
        account.profile.organization,
        account.name,
        headers,
    )
