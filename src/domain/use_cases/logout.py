"""Logs out: ends the session at the server if possible, and removes the tokens on this machine in any case."""

from attrs import frozen

from ...ports.events import Listener, LoggedOut
from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ...ports.secrets import StoredFields
from ..account import Account
from ..binding import check_binding
from ..errors import LockTimeout, LockUnavailable, NoTokensError, PromptVMAuthError, StoreLocked, StoreRefused
from ..freshness import RefreshPolicy
from ..oauth.server import AuthorizationServer
from ..oauth.sessions import own_session
from ..profile import save_profile
from ..tokens import StoredTokens
from .api import Api
from .client_ports import OnlinePorts, StoredPorts
from .revocation import Revocation
from .sessions import Sessions


@frozen
class LogoutResult:
    """The result of a logout.

    Attributes:
        profile: the name of the profile.
        removed: whether tokens or API keys were removed from this machine.
        revoked: whether the server ended the session.
        reason: why the server did not end the session, in half a sentence; empty if it did.
    """

    profile: str
    removed: bool
    revoked: bool
    reason: str


@frozen
class Logout:
    """Signs the user out of an account."""

    api: Api
    profiles: AwaitedProfileStore
    lock: Lock
    emit: Listener
    policy: RefreshPolicy
    has_active: bool

    @classmethod
    def of_ports(cls, api: Api, ports: StoredPorts, online: OnlinePorts, *, has_active: bool) -> "Logout":
        """Returns the logout of one client, which has an active profile or has none."""
        return cls(api, ports.profiles, online.lock, online.emit, ports.policy, has_active)

    async def run(self, account: Account, *, revoke: bool) -> LogoutResult:
        """Logs out.

        Args:
            account: the account to sign out of.
            revoke: whether to end the session at the server first.

        Raises:
            StoreError: the tokens may still be in the store.
            ProfileError: the tokens were removed, but the profile could not be updated.
        """
        had_tokens, unreadable = await self._look(account)
        if not had_tokens:
            reason = "there was no session"
        elif not revoke:
            reason = "you chose to keep it"
        else:
            reason = unreadable or await self._revoke(account)
        await self._remove_tokens(account)
        had_keys = await self._forget_keys(account)
        if self.has_active and await self.profiles.active() == account.name:
            await self.profiles.activate("")
        result = LogoutResult(account.name, had_tokens or had_keys, not reason, reason)
        self.emit(LoggedOut(account.name, result.revoked))
        return result

    async def _look(self, account: Account) -> tuple[bool, str]:
        """Asks for a locked store once; returns whether there may be tokens, and why they stay locked."""
        try:
            await account.secrets.unlock(account.name, everywhere=True)
            return await account.secrets.load(account.name) is not None, ""
        except (StoreLocked, StoreRefused) as error:
            return True, error.reason
        except PromptVMAuthError:
            return True, ""  # unreadable tokens are removed too

    async def _revoke(self, account: Account) -> str:
        """Ends the session at the server; returns why that was not possible, or the empty text."""
        try:
            server = await account.server()
            if server.speaks_form:
                return await self._revoke_tokens(account, server)
            sessions = Sessions(self.api)
            listed, token = await sessions.list(account)
            session = own_session(listed, token)
            if session is None:
                return "this login was not found in the server's list of sessions"
            await sessions.end(account, session.id)
        except NoTokensError:
            return "the profile was not signed in"
        except PromptVMAuthError as error:
            return str(error)
        return ""

    async def _revoke_tokens(self, account: Account, server: AuthorizationServer) -> str:
        """Revokes the stored tokens (RFC 7009)."""
        fields = await account.secrets.load(account.name) or StoredFields()
        check_binding(account.name, fields, server.issuer, server.client_id)
        return await Revocation(self.api.http).run(server, StoredTokens.from_fields(fields))

    async def _remove_tokens(self, account: Account) -> None:
        try:
            async with self.lock.hold(account.name, timeout=self.policy.lock_timeout):
                await account.secrets.delete(account.name)
        except (LockTimeout, LockUnavailable):
            # A logout must not fail because of a lock, although a concurrent refresh may undo it.
            await account.secrets.delete(account.name)

    async def _forget_keys(self, account: Account) -> bool:
        """Removes from the profile what says that the user is signed in; the rest is kept for the next login."""
        profile = account.profile
        signed_out = profile.signed_out()
        if signed_out != profile:
            await save_profile(self.profiles, signed_out)
        return profile.has_keys
