"""Whether a login is needed, for `login --if-needed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.errors import NoRefreshToken, NoTokensError, RefreshRejected
from ..domain.use_cases.status import State

if TYPE_CHECKING:
    from ..client.blocking import OAuthClient
    from ..domain.use_cases.status import Status


def live_login(client: OAuthClient, profile: str | None) -> Status | None:
    """Returns the status of a login that can be used; None if the user has to log in.

    The server is asked. If it cannot be, a token that has not expired counts as good.

    Args:
        client: the client.
        profile: the profile's name; None means the active one.

    Raises:
        TransportError, ServerUnavailable: the token has expired and could not be renewed.
        PromptVMAuthError: the store or the profile cannot be read, or a renewed token could not be stored.
    """
    status = client.status(profile, check=True)
    if status.state is State.UNVERIFIED:
        try:
            client.access_token(profile)
        except (NoTokensError, NoRefreshToken, RefreshRejected):
            return None
        return status
    return status if status.state is State.LIVE else None
