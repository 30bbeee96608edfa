"""Logging out: end the session at the server if that can be done, and remove the tokens here whatever it says."""

from attrs import frozen

from ...ports.events import Listener, LoggedOut
from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ...ports.secrets import StoredFields
from ..account import Account
from ..errors import LockTimeout, LockUnavailable, NoTokensError, PromptVMAuthError
from ..freshness import RefreshPolicy
from ..oauth.server import AuthorizationServer
from ..oauth.sessions import own_session
from ..profile import check_binding, save_profile
from ..tokens import StoredTokens
from .api import Api
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
    """Signs a user out of a profile."""

    api: Api
    profiles: AwaitedProfileStore
    lock: Lock
    emit: Listener
    policy: RefreshPolicy

    async def run(self, account: Account, *, revoke: bool) -> LogoutResult:
        """Logs out.

        Args:
            account: whose login.
            revoke: whether to end the session at the server first.

        Raises:
            StoreError: the tokens may still be in the store.
            ProfileError: the tokens are gone, and the profile could not be updated.
        """
        had_tokens = await self._has_tokens(account)
        if not had_tokens:
            reason = "there was no session"
        else:
            reason = await self._revoke(account) if revoke else "you chose to keep it"
        await self._remove_tokens(account)
        had_keys = await self._forget_keys(account)
        if await self.profiles.active() == account.name:
            await self.profiles.activate("")
        result = LogoutResult(account.name, had_tokens or had_keys, not reason, reason)
        self.emit(LoggedOut(account.name, result.revoked))
        return result

    async def _has_tokens(self, account: Account) -> bool:
        try:
            return await account.secrets.load(account.name) is not None
        except PromptVMAuthError:
            return True  # what cannot be read is removed all the same

    async def _revoke(self, account: Account) -> str:
        """Ends this login at the server; returns why that could not be done, or the empty text."""
        try:
            server = await account.server()
            if server.speaks_form:
                return await self._revoke_tokens(account, server)
            sessions = Sessions(self.api)
            listed, token = await sessions.list(account)
            session = own_session(listed, token)
            if session is None:
                return "the server's list of sessions does not show which one this is"
            await sessions.end(account, session.id)
        except NoTokensError:
            return "nobody was signed in"
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
            # A logout never fails for a lock, though a refresh under way may undo it.
            await account.secrets.delete(account.name)

    async def _forget_keys(self, account: Account) -> bool:
        """Takes API keys and the expiry out of the profile; what else it says serves the next login."""
        profile = account.profile
        if profile.has_keys or profile.expires_at:
            await save_profile(self.profiles, profile.signed_out())
        return profile.has_keys
