"""The tokens of one login, out of what is stored."""

from collections.abc import Mapping

from attrs import evolve

from ...ports.secret import Secret
from ..binding import Binding
from ..tokens import StoredTokens, as_datetime


def tokens_of_one_login(fields: Mapping[str, str]) -> StoredTokens:
    """Returns the tokens that stored fields contain.

    An access token of another login than the refresh token is left out, and counts as expired.

    Args:
        fields: what `SecretStore.load` returned.
    """
    tokens, binding = StoredTokens.from_fields(fields), Binding.read(fields)
    if binding is None or not binding.torn:
        return tokens
    return evolve(tokens, access_token=Secret(""), expires_at=as_datetime(binding.expires_at))
