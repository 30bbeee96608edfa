"""The authorization code flow in two halves: begin, send the person away, finish when they come back (RFC 6749 §4.1).

For web front ends, which receive the redirect themselves and may be restarted in between.
"""

from collections import deque

from attrs import evolve, frozen

from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.events import Listener, ProblemNoticed
from ...ports.http import Http
from ...ports.secret import Secret
from ..errors import CallbackRejected
from ..oauth.authorization import Attempt, VerifiedCode, exchange_request
from ..oauth.pending_login import PendingLogin
from ..oauth.server import AuthorizationServer
from ..oauth.token_response import parse_token_response
from ..plan import BROWSER
from .record_login import Keeper, LoginResult, grant_problems, logged_in, login_result


@frozen
class WebLogin:
    """The use case.

    Attributes:
        used: the states of logins that were finished, so that none is finished twice (RFC 9700 §4.2.4).
    """

    http: Http
    clock: Clock
    entropy: Entropy
    keeper: Keeper
    emit: Listener
    used: deque[Secret]

    def begin(self, server: AuthorizationServer, profile: str, redirect_uri: str, device_name: str) -> PendingLogin:
        """Begin a login; see `PendingLogin.begin`."""
        return PendingLogin.begin(
            Attempt.begin(server, self.entropy), profile, redirect_uri, device_name, self.clock.now()
        )

    async def finish(self, pending: PendingLogin, callback_url: str, server: AuthorizationServer) -> LoginResult:
        """Finish a login: judge the callback, exchange the code, keep the tokens.

        Raises:
            CallbackRejected: the URL does not answer this login, or it was finished before.
            LoginTimeout: it was begun too long ago.
            OAuthError: the person or the server refused.
            TransportError, InvalidResponse: the code could not be exchanged.
            TokensNotSaved, ProfileError: see `Keeper.keep`.
        """
        answer = pending.answer(callback_url, server, self.clock.now())
        if pending.state in self.used:
            raise CallbackRejected("this login was finished before; begin a new one")
        self.used.append(pending.state)
        if not isinstance(answer, VerifiedCode):
            raise answer
        response = await self.http.send(exchange_request(answer, pending.redirect_uri))
        granted = parse_token_response(response, self.clock.now(), answer.code, pending.verifier)
        asked = pending.asked_scope()
        placement = await self.keeper.keep(evolve(server, scope=asked), pending.profile, granted)
        result = login_result(pending.profile, BROWSER, granted, placement)
        for problem in grant_problems(result, asked):
            self.emit(ProblemNoticed(pending.profile, problem))
        self.emit(logged_in(result))
        return result
