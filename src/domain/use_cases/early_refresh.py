"""Renews a token shortly before it expires, so that no caller meets an expired one.

One caller at a time does so, and waits for a short time only; all others go on with the token they have.
"""

from ...ports.events import ProblemNoticed
from ...ports.timeouts import EARLY_WAIT, REFRESH_RETRY
from ..account import Account
from ..errors import LockTimeout, NoRefreshToken, PromptVMAuthError, TokensNotSaved
from ..freshness import RECHECK_NOW, CachedToken
from ..oauth.server import AuthorizationServer
from .refresh import Refresh, Renewal


async def refresh_early(
    refresh: Refresh, account: Account, server: AuthorizationServer, current: CachedToken
) -> CachedToken:
    """Renews a token that has not expired, or returns it unchanged if that fails or another caller is renewing it.

    It is returned unchanged after two seconds as well; the refresh then goes on by itself, saves what is granted, and
    tells the listener if the user must know of its error.

    Args:
        refresh: renews the tokens of the client.
        account: the account.
        server: the server of its login.
        current: the token; its `renew_at` is its expiry.

    Raises:
        RefreshRejected: the server rejected the refresh token.
        TokensNotSaved: the new tokens could not be stored.
        NoTokensError, StoreCorrupt: the stored tokens are gone. Other errors are ignored until the token expires.
    """
    flight = refresh.single_flight
    key = f"early {account.name}"  # callers with an expired token use the plain name as key, and wait
    if flight.is_running(account.name) or flight.is_running(key):
        return current._replace(renew_at=RECHECK_NOW)
    left = False

    async def work() -> CachedToken:
        try:
            return await refresh.locked(Renewal(account, server, early=current), 0)
        except PromptVMAuthError as error:
            if left and _must_be_known(error) and not isinstance(error, NoRefreshToken):
                refresh.emit(ProblemNoticed(account.name, _told(account.name, error)))
            raise

    try:
        renewed = await flight.run_within(EARLY_WAIT, key, work)
    except LockTimeout:
        return current._replace(renew_at=RECHECK_NOW)
    except NoRefreshToken:
        return current
    except PromptVMAuthError as error:
        if _must_be_known(error):
            raise
        if not error.retryable:  # such as an answer that cannot be read, whose refresh token may be spent
            return current
        now = refresh.clock.now()
        return current._replace(renew_at=min(current.renew_at, now + max(REFRESH_RETRY, (current.renew_at - now) / 2)))
    left = renewed is None
    return current._replace(renew_at=RECHECK_NOW) if renewed is None else renewed


def _must_be_known(error: PromptVMAuthError) -> bool:
    return error.needs_login or isinstance(error, TokensNotSaved)


def _told(name: str, error: PromptVMAuthError) -> str:
    if isinstance(error, TokensNotSaved):
        return str(error)
    return f"the token of profile {name!r} could not be renewed ({error}): log in again before it expires"
