"""Ends the session of tokens that are in memory only, since a logout removed them or a new login replaced them.

Nothing is stored: if a refresh is needed to ask the server, what it grants is used for that and forgotten.
"""

from attrs import evolve, frozen

from ...ports.clock import Clock
from ...ports.http import Http, HttpRequest, HttpResponse
from ...ports.secret import Secret
from ..account import NO_KEY, Account
from ..errors import NoRefreshToken, TransportError, reason_of
from ..oauth.server import AuthorizationServer
from ..oauth.sessions import own_session
from ..oauth.token_endpoint import parse_refresh_response, refresh_request
from ..stores.pair_check import check_user
from ..tokens import StoredTokens
from .api import Api
from .revocation import Revocation
from .sessions import Sessions


@frozen
class PastLogin:
    """A login whose tokens are in memory only.

    Attributes:
        account: the account that the tokens belong to.
        server: its server; the tokens are sent to no other.
        tokens: the tokens.
    """

    account: Account
    server: AuthorizationServer
    tokens: StoredTokens


@frozen
class EndSession:
    """Ends sessions at the server, within one deadline for all requests of a session."""

    http: Http
    clock: Clock

    async def run(self, login: PastLogin, seconds: float) -> str:
        """Ends the session of a login.

        Args:
            login: the login.
            seconds: the time for all requests together.

        Returns:
            Why the session may live on, or the empty text.
        """
        http = WithinDeadline(self.http, self.clock, self.clock.monotonic() + seconds)
        try:
            if login.server.speaks_form:
                return await Revocation(http).run(login.server, login.tokens)
            return await self._end(login, Sessions(Api(http, TokensInMemory(http, self.clock, login))))
        except Exception as error:  # noqa: BLE001 (the tokens are gone already, so no failure may stop the caller)
            return reason_of(error)

    async def _end(self, login: PastLogin, sessions: Sessions) -> str:
        account = login.account._replace(credential=NO_KEY)
        listed, token = await sessions.list(account)
        session = own_session(listed, token)
        if session is None:
            return "this login was not found in the server's list of sessions"
        await sessions.end(account, session.id)
        return ""


class TokensInMemory:
    """The `TokenSource` of tokens that are not stored; a refresh of them is not stored either."""

    def __init__(self, http: Http, clock: Clock, login: PastLogin) -> None:
        self._http = http
        self._clock = clock
        self._server = login.server
        self._tokens = login.tokens
        self._renewed = False

    async def of_account(self, account: Account) -> tuple[Account, Secret]:
        """Returns the account and its access token, renewed if it has expired.

        Raises:
            NoRefreshToken: it has expired and there is no refresh token.
            PromptVMAuthError: the errors of `parse_refresh_response`.
        """
        expires_at = self._tokens.expires_at
        if expires_at is not None and self._clock.now() >= expires_at.timestamp():
            await self.replace(account, self._tokens.access_token)
        return account, self._tokens.access_token

    async def replace(self, account: Account, refused: Secret) -> Secret:  # noqa: ARG002 (it has one token)
        """Returns a token to replace a refused one; the refused one itself if it was renewed before.

        Raises:
            NoRefreshToken: there is no refresh token.
            WrongUser: the refresh token is another user's than the profile's, so its session is not this login's.
            PromptVMAuthError: the errors of `parse_refresh_response`.
        """
        if self._renewed:
            return self._tokens.access_token
        refresh_token = self._tokens.refresh_token
        if refresh_token is None:
            raise NoRefreshToken("the access token has expired and there is no refresh token")
        self._renewed = True
        response = await self._http.send(refresh_request(self._server, refresh_token))
        granted = parse_refresh_response(response, self._clock.now(), refresh_token)
        check_user(account, granted.user.id if granted.user is not None else "")
        self._tokens = StoredTokens.granted(granted, keep=refresh_token)
        return self._tokens.access_token


@frozen
class WithinDeadline:
    """An `Http` port whose requests share one deadline.

    Attributes:
        until: the deadline, on the monotonic clock.
    """

    http: Http
    clock: Clock
    until: float

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Sends a request within the time that is left.

        Raises:
            TransportError: no time is left, or the server was not reached.
        """
        left = self.until - self.clock.monotonic()
        if left <= 0:
            raise TransportError("the server took too long to answer")
        return await self.http.send(evolve(request, timeout=min(request.timeout, left)))

    async def close(self) -> None:
        """Does nothing: the port belongs to the client."""
