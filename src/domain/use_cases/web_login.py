"""The authorization code flow in two calls, begin and finish (RFC 6749 §4.1).

For web front ends, which receive the redirect themselves and may be restarted between the calls.
"""

from attrs import evolve, frozen

from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.http import Http
from ...ports.secret import Secret
from ..account import Account
from ..configuration import Configuration
from ..errors import CallbackRejected
from ..oauth.authorization import Attempt, VerifiedCode, exchange_request
from ..oauth.server import AuthorizationServer
from ..plan import BROWSER
from .login_result import LoginResult
from .pending_login import PendingLogin
from .record_login import Login, LoginRecorder, exchange
from .resolver import Resolver

_REMEMBERED = 1000  # finished logins that a client remembers


class FinishedLogins:
    """The states of finished logins, so that no login is finished twice (RFC 9700 §4.2.4). Threads may share it."""

    def __init__(self) -> None:
        self._finished: dict[Secret, object] = {}

    def add(self, state: Secret) -> None:
        """Remembers a state.

        Raises:
            CallbackRejected: the login of this state has been finished already.
        """
        mine = object()
        if self._finished.setdefault(state, mine) is not mine:  # one step, so that of two threads one is refused
            raise CallbackRejected("this login is already finished; begin a new one")
        if len(self._finished) > _REMEMBERED:
            self._finished.pop(next(iter(self._finished)), None)


@frozen
class WebLogin:
    """Logins whose redirect the front end receives itself."""

    http: Http
    clock: Clock
    entropy: Entropy
    recorder: LoginRecorder
    finished: FinishedLogins

    def begin(self, server: AuthorizationServer, profile: str, redirect_uri: str, device_name: str) -> PendingLogin:
        """Begins a login.

        Args:
            server: the server of the login.
            profile: the name of the profile to log in to.
            redirect_uri: the front end's own redirect URI.
            device_name: the label in the user's list of authorised devices.

        Raises:
            InvalidUrl, ConfigurationError: the errors of `PendingLogin.begin`.
        """
        attempt = Attempt.begin(server, self.entropy.random_bytes)
        return PendingLogin.begin(attempt, profile, redirect_uri, device_name, self.clock.now())

    async def finish(self, pending: PendingLogin, callback_url: str, account: Account) -> LoginResult:
        """Finishes a login: checks the callback, exchanges the code, records the login.

        Args:
            pending: the value that `begin` returned.
            callback_url: the complete URL of the browser's request to the redirect URI.
            account: the account to log in to.

        Raises:
            CallbackRejected: the URL does not belong to this login, or the login is already finished.
            LoginTimeout: the login was begun too long ago.
            OAuthError: the user or the server refused.
            TransportError, InvalidResponse: the code could not be exchanged.
            TokensNotSaved, ProfileError: the errors of `LoginRecorder.record`.
        """
        server = await account.server()
        answer = pending.answer(callback_url, server, self.clock.now())
        self.finished.add(pending.state)
        if not isinstance(answer, VerifiedCode):
            raise answer
        await account.secrets.unlock(account.name, everywhere=True)
        request = exchange_request(answer, pending.redirect_uri)
        code, login = answer.code, Login(account, evolve(server, scope=pending.asked_scope()), BROWSER)

        async def finish() -> LoginResult:
            granted = await exchange(self.http, self.clock, request, code, pending.verifier)
            return await self.recorder.record(login, granted)

        result = await self.recorder.finish(account.name, finish)
        await self.recorder.after.run(account.name)
        return result


async def account_of(pending: PendingLogin, resolver: Resolver, configured: Configuration) -> Account:
    """Returns the account of a pending login, at the server that it was begun with.

    Raises:
        PromptVMAuthError: the errors of `Resolver.for_login`.
    """
    found = await resolver.profile_to_log_in(pending.profile)
    if configured.issuer is None and found.issuer != pending.base_url:
        return resolver.at(found, resolver.promptvm(configured.api_url or pending.base_url))
    return await resolver.for_login(pending.profile)
