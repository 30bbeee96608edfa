"""Ends the session that a login replaced in a profile, once the new tokens are stored.

The old tokens are sent to the server that they are bound to, and to no other. The new session is never ended: a server
may give one session to all logins of a device, and one that detects reuse ends a session whose old refresh token it
sees again. Where both logins are one user's at one server, the old refresh token is therefore not sent. A failure is
told, and never makes the login fail.
"""

from attrs import frozen

from ...ports.clock import Clock
from ...ports.events import Listener, ProblemNoticed
from ...ports.http import Http
from ...ports.secrets import StoredFields
from ...ports.timeouts import REPLACED_SESSION
from ..account import NO_KEY, Account
from ..binding import Binding
from ..configuration import Configuration
from ..errors import NoRefreshToken, RefreshRejected, UnboundTokens, reason_of
from ..oauth.server import AuthorizationServer
from ..oauth.sessions import own_session
from ..profile import Profile
from ..stores.pair_check import check_pair, contradicts
from ..tokens import StoredTokens
from ..url import normal_base_url, same_origin
from .api import Api
from .end_session import PastLogin, TokensInMemory, WithinDeadline
from .recorded_account import server_at
from .sessions import Sessions
from .stored_tokens import tokens_of_one_login

_NOT_FOUND = "it was not found in the server's list of sessions"
_ANYONE = "the user who was signed in before"


@frozen
class NewLogin:
    """The login that replaced another one.

    Attributes:
        account: the account, with the profile that the login replaced.
        server: the server of the login.
        profile: the profile that the login recorded.
        tokens: the new tokens.
    """

    account: Account
    server: AuthorizationServer
    profile: Profile
    tokens: StoredTokens


@frozen
class ReplacedSession:
    """Ends the sessions of replaced logins."""

    http: Http
    clock: Clock
    configuration: Configuration
    emit: Listener

    async def end(self, new: NewLogin, earlier: StoredFields) -> None:
        """Ends the session of the replaced tokens, or tells the user that it may live on.

        Args:
            new: the login that replaced them.
            earlier: the fields that were stored before.
        """
        past = tokens_of_one_login(earlier)
        if not earlier.get("access_token") or past.access_token == new.tokens.access_token or self._is_over(past):
            return
        profile = new.account.profile
        try:
            if new.server.issuer or earlier.get("server"):
                reason = "revoking its tokens could end the new one as well"
            else:
                reason = await self._end(new, self._past_login(new.account, earlier, past))
        except (RefreshRejected, NoRefreshToken):
            return  # it has ended
        except Exception as error:  # noqa: BLE001 (the login has succeeded, whatever happens to the old one)
            reason = reason_of(error)
        if reason:
            whose = profile.user or _ANYONE
            self.emit(
                ProblemNoticed(
                    new.account.name,
                    f"the earlier session of {whose} at {profile.shown_base_url} may live on: {reason}; it can be "
                    "ended in that account's list of authorised devices",
                )
            )

    def _past_login(self, account: Account, earlier: StoredFields, past: StoredTokens) -> PastLogin:
        """Returns the replaced login at the server that it is bound to.

        Raises:
            UnboundTokens, WrongServer, WrongUser: it is not known whose tokens these are, and of which server; the
                profile may be another login's, which another program was writing.
            InvalidUrl: the recorded base URL must not be used.
        """
        profile, binding = account.profile, Binding.read(earlier)
        recorded = profile.base_url if profile.recorded else binding.server if binding is not None else ""
        if not recorded:
            raise UnboundTokens("nothing says which server issued its tokens")
        base_url = normal_base_url(recorded, f"the base URL of profile {account.name!r}")
        server = server_at(self.configuration, base_url)

        async def find_server(_: StoredFields | None = None, /) -> AuthorizationServer:
            return server

        old = account._replace(base_url=base_url, credential=NO_KEY, server=find_server)
        if contradicts(profile, earlier, check_pair(old, earlier)):
            raise UnboundTokens("the profile was written for other tokens")
        return PastLogin(old, server, past)

    async def _end(self, new: NewLogin, old: PastLogin) -> str:
        """Ends the old session; returns why it may live on, or the empty text."""
        http = WithinDeadline(self.http, self.clock, self.clock.monotonic() + REPLACED_SESSION)
        if _may_be_one_session(new, old):
            return await self._end_another(new, old, http)
        sessions = Sessions(Api(http, TokensInMemory(http, self.clock, old)))
        listed, token = await sessions.list(old.account)
        session = own_session(listed, token)
        if session is None:
            return _NOT_FOUND
        await sessions.end(old.account, session.id)
        return ""

    async def _end_another(self, new: NewLogin, old: PastLogin, http: Http) -> str:
        """Ends the old session of the same user at the same server, if it is another one than the new one.

        No refresh token is sent. If the old access token is not valid any more, the new one is sent.
        """
        only_access = StoredTokens(old.tokens.access_token, None, old.tokens.expires_at)
        account, asked_with_old = old.account, True
        sessions = Sessions(Api(http, TokensInMemory(http, self.clock, PastLogin(account, old.server, only_access))))
        try:
            listed, _ = await sessions.list(account)
        except NoRefreshToken:
            account, asked_with_old = account._replace(profile=new.profile), False
            fresh = PastLogin(account, new.server, StoredTokens(new.tokens.access_token))
            sessions = Sessions(Api(http, TokensInMemory(http, self.clock, fresh)))
            listed, _ = await sessions.list(account)
        ours, theirs = own_session(listed, new.tokens.access_token), own_session(listed, old.tokens.access_token)
        if theirs is None:
            return _NOT_FOUND if asked_with_old else ""  # a session with an invalid token that is not listed is over
        if ours is None:
            return "it could not be told apart from the new one"
        if ours.id != theirs.id:
            await sessions.end(account, theirs.id)
        return ""

    def _is_over(self, past: StoredTokens) -> bool:
        expired = past.expires_at is not None and self.clock.now() >= past.expires_at.timestamp()
        return expired and past.refresh_token is None


def _may_be_one_session(new: NewLogin, old: PastLogin) -> bool:
    """Returns whether both logins are for the same server and, as far as is known, for the same user."""
    before, after = old.account.profile.user_id, new.profile.user_id
    return same_origin(old.server.base_url, new.server.base_url) and (not before or not after or before == after)
