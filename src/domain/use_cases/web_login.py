"""The authorization code flow in two halves: begin, send the user away, finish when they come back (RFC 6749 §4.1).

For web front ends, which receive the redirect themselves and may be restarted in between.
"""

from collections import deque

from attrs import evolve, frozen

from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.http import Http
from ...ports.secret import Secret
from ..account import Account
from ..errors import CallbackRejected
from ..oauth.authorization import Attempt, VerifiedCode, exchange_request
from ..oauth.server import AuthorizationServer
from ..plan import BROWSER
from .exchange import exchange
from .pending_login import PendingLogin
from .record_login import Login, LoginRecorder, LoginResult

_REMEMBERED = 1000  # finished logins that a client knows it must not finish again


class FinishedLogins:
    """The states of logins that were finished, so that none is finished twice (RFC 9700 §4.2.4)."""

    def __init__(self) -> None:
        self._states: deque[Secret] = deque(maxlen=_REMEMBERED)

    def add(self, state: Secret) -> None:
        """Notes a state.

        Raises:
            CallbackRejected: it was noted before.
        """
        if state in self._states:
            raise CallbackRejected("this login was finished before; begin a new one")
        self._states.append(state)


@frozen
class WebLogin:
    """One login whose redirect the front end receives itself."""

    http: Http
    clock: Clock
    entropy: Entropy
    recorder: LoginRecorder
    finished: FinishedLogins

    def begin(self, server: AuthorizationServer, profile: str, redirect_uri: str, device_name: str) -> PendingLogin:
        """Begins a login.

        Raises:
            InvalidUrl, ConfigurationError: see `PendingLogin.begin`.
        """
        attempt = Attempt.begin(server, self.entropy.random_bytes)
        return PendingLogin.begin(attempt, profile, redirect_uri, device_name, self.clock.now())

    async def finish(self, pending: PendingLogin, callback_url: str, account: Account) -> LoginResult:
        """Finishes a login: checks the callback, exchanges the code, records the login.

        Args:
            pending: what `begin` returned.
            callback_url: the whole URL that the browser came back on.
            account: that the login is for.

        Raises:
            CallbackRejected: the URL does not answer this login, or it was finished before.
            LoginTimeout: it was begun too long ago.
            OAuthError: the user or the server refused.
            TransportError, InvalidResponse: the code could not be exchanged.
            TokensNotSaved, ProfileError: see `LoginRecorder.record`.
        """
        server = await account.server()
        answer = pending.answer(callback_url, server, self.clock.now())
        self.finished.add(pending.state)
        if not isinstance(answer, VerifiedCode):
            raise answer
        request = exchange_request(answer, pending.redirect_uri)
        granted = await exchange(self.http, self.clock, request, answer.code, pending.verifier)
        login = Login(account, evolve(server, scope=pending.asked_scope()), BROWSER)
        return await self.recorder.record(login, granted)
