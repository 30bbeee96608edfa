"""Logs out: removes tokens on this machine first, then ends their sessions at the server with the tokens in memory.

This order leaves nothing on this machine if the server hangs and the user interrupts, or if the process is ended.
"""

from collections.abc import Awaitable, Callable, Sequence

from attrs import frozen

from ...ports.events import Listener, LoggedOut, ProblemNoticed, TokensRemoved
from ...ports.profiles import AwaitedProfileStore, Users
from ...ports.timeouts import LOGOUT_LEAST, LOGOUT_REVOCATION
from ..account import Account
from ..errors import PromptVMAuthError
from ..stores.pair_check import check_pair, contradicts
from .client_ports import OnlinePorts, StoredPorts
from .end_session import EndSession, PastLogin
from .removal import Removal, Remover
from .stored_tokens import tokens_of_one_login

LIVES_ON = "the tokens were removed from this machine; the session at the server may live on"
"""What an interrupted logout tells the user."""


@frozen
class LogoutResult:
    """The result of a logout.

    Attributes:
        profile: the name of the profile.
        removed: whether tokens or API keys were removed from this machine.
        revoked: whether the server ended the session.
        reason: why the server did not end the session, in half a sentence; empty if it did.
        error: why something of the login may still be on this machine; None if nothing is. `logout` raises it;
            `logout_all` returns it.
    """

    profile: str
    removed: bool
    revoked: bool
    reason: str
    error: PromptVMAuthError | None = None


@frozen
class Logout:
    """Signs the user out of accounts."""

    remover: Remover
    end_session: EndSession
    profiles: AwaitedProfileStore
    emit: Listener

    @classmethod
    def of_ports(cls, ports: StoredPorts, online: OnlinePorts, forget: Callable[[str], object]) -> "Logout":
        """Returns the logout of one client.

        Args:
            ports: the ports of the client.
            online: its ports for requests.
            forget: removes the tokens of a profile from memory.
        """
        remover = Remover.of_ports(ports, online, forget)
        return cls(remover, EndSession(online.http, ports.clock), ports.profiles, online.emit)

    async def run(self, account: Account, *, revoke: bool) -> LogoutResult:
        """Logs out of one account.

        Args:
            account: the account to sign out of.
            revoke: whether to end the session at the server as well.

        Raises:
            StoreError: the tokens may still be in the store; the session was ended nevertheless, if that was possible.
            ProfileError: the profile could not be updated; nothing was removed, or the tokens were.
        """
        return await self.run_one(Removal.of_account(account), revoke=revoke)

    async def run_one(self, removal: Removal, *, revoke: bool) -> LogoutResult:
        """Removes one login and ends its session.

        Raises:
            PromptVMAuthError: the removal is not complete; the session was ended nevertheless, if that was possible.
        """
        (result,) = await self.run_all([removal], revoke=revoke)
        if result.error is not None:
            self._tell_incomplete(removal, result)
            raise result.error
        return result

    async def run_all(
        self,
        removals: Sequence[Removal],
        *,
        revoke: bool,
        then: Callable[[], Awaitable[None]] | None = None,
    ) -> tuple[LogoutResult, ...]:
        """Removes all logins, then ends their sessions.

        An interrupt takes effect between two removals or while a server is asked. It is told as a problem of every
        login whose tokens are gone.

        Args:
            removals: the logins.
            revoke: whether to end the sessions at their servers as well.
            then: called after all removals, before a server is asked.

        Returns:
            One result for each login.

        Raises:
            ProfileError: the configuration cannot be read; nothing was removed.
        """
        if self.remover.users is Users.ONE:
            await self.profiles.active()  # damaged files are found before anything is removed
        ended: list[LogoutResult] = []
        try:
            for removal in removals:
                await self.remover.run(removal)
            if then is not None:
                await then()
            if revoke:
                self._tell_removed(removals)
            for removal in removals:
                ended.append(await self._ended(removal, len(removals), revoke=revoke))  # noqa: PERF401 (an interrupt needs those so far)
        except Exception:
            raise
        except BaseException:
            for removal in removals[len(ended) :]:
                self._tell_interrupted(removal)
            raise
        return tuple(ended)

    async def _ended(self, removal: Removal, count: int, *, revoke: bool) -> LogoutResult:
        reason = "you chose to keep it"
        if revoke or not removal.had_tokens:
            reason = await self._end(removal, max(LOGOUT_REVOCATION / count, LOGOUT_LEAST))
        removed = removal.had_keys or (removal.had_tokens and removal.tokens_gone)
        result = LogoutResult(removal.name, removed, not reason, reason, removal.failure)
        if result.error is None:
            self.emit(LoggedOut(removal.name, result.revoked))
        return result

    async def _end(self, removal: Removal, seconds: float) -> str:
        """Ends the session at the server; returns why that was not possible, or the empty text."""
        fields, account = removal.fields, removal.account
        if fields is None:
            return removal.unread or "there was no session"
        if account is None:
            return removal.unresolved
        tokens = tokens_of_one_login(fields)
        if not fields.get("access_token"):
            return "the profile was not signed in"
        try:
            if contradicts(account.profile, fields, check_pair(account, fields)):
                return "the profile was written for other tokens"
            server = await account.server(fields)
        except PromptVMAuthError as error:
            return str(error)
        return await self.end_session.run(PastLogin(account, server, tokens), seconds)

    def _tell_removed(self, removals: Sequence[Removal]) -> None:
        for removal in removals:
            if removal.fields is not None and removal.tokens_gone:
                self.emit(TokensRemoved(removal.name))

    def _tell_interrupted(self, removal: Removal) -> None:
        if removal.failure is not None and not removal.tokens_gone:
            self.emit(ProblemNoticed(removal.name, f"tokens may still be on this machine: {removal.failure}"))
        elif removal.had_tokens and removal.tokens_gone:
            self.emit(ProblemNoticed(removal.name, LIVES_ON))

    def _tell_incomplete(self, removal: Removal, result: LogoutResult) -> None:
        if not removal.had_tokens:
            return
        ended = "ended" if result.revoked else f"not ended: {result.reason}"
        left = "the profile could not be updated" if removal.tokens_gone else "tokens may still be on this machine"
        self.emit(ProblemNoticed(removal.name, f"the session at the server was {ended}, but {left}"))
