"""Logging out: end the session at the server if that can be done, and remove the tokens here whatever it says."""

from attrs import frozen

from ...ports.events import Listener, LoggedOut
from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ...ports.secrets import AwaitedSecretStore, StoredFields
from ..errors import LockTimeout, LockUnavailable, NoTokensError, PromptVMAuthError
from ..issuer_binding import check_binding
from ..oauth.revocation import Revocation
from ..oauth.server import AuthorizationServer
from ..profile import Credential
from ..tokens import StoredTokens
from .api import Api
from .record_login import LOCK_TIMEOUT
from .sessions import Devices, own_session

_KEYS = ("api_key", "public_key", "secret_key")


@frozen
class LogoutResult:
    """What a logout did.

    Attributes:
        profile: which profile.
        removed: whether there was something to remove on this machine.
        revoked: whether the server has ended the session.
        reason: why not, in half a sentence; empty if it has.
    """

    profile: str
    removed: bool
    revoked: bool
    reason: str


@frozen
class Logout:
    """The use case: sign a person out of a profile."""

    api: Api
    secrets: AwaitedSecretStore
    profiles: AwaitedProfileStore
    lock: Lock
    emit: Listener

    async def do(
        self, credential: Credential, server: AuthorizationServer | PromptVMAuthError, *, revoke: bool
    ) -> LogoutResult:
        """Log out.

        Args:
            credential: of the profile.
            server: where the login belongs, or why that is not known; it matters only where `revoke` is.
            revoke: whether to end the session at the server first.

        Raises:
            StoreError: the tokens may still be in the store.
            ProfileError: the tokens are gone, and the profile could not be updated.
        """
        profile = credential.profile
        had_tokens = await self._has_tokens(profile)
        reason = await self._revoke(credential, server) if revoke and had_tokens else ""
        if not had_tokens:
            reason = "there was no session"
        elif not revoke:
            reason = "it was asked not to be"
        await self._remove_tokens(profile)
        had_key = await self._forget_keys(credential)
        if await self.profiles.active() == profile:
            await self.profiles.activate("")
        result = LogoutResult(profile, had_tokens or had_key, not reason, reason)
        self.emit(LoggedOut(profile, result.revoked))
        return result

    async def _has_tokens(self, profile: str) -> bool:
        try:
            return await self.secrets.load(profile) is not None
        except PromptVMAuthError:
            return True  # what cannot be read is removed all the same

    async def _revoke(self, credential: Credential, server: AuthorizationServer | PromptVMAuthError) -> str:
        """End this login at the server; give the reason if that could not be done, else the empty text."""
        if isinstance(server, PromptVMAuthError):
            return str(server)
        if server.speaks_form:
            return await self._revoke_tokens(credential, server)
        try:
            devices = Devices(self.api)
            sessions, token = await devices.sessions(credential.profile, credential, server)
            session = own_session(sessions, token)
            if session is None:
                return "the server's list of sessions does not show which one this is"
            await devices.end(credential.profile, credential, server, session.id)
        except NoTokensError:
            return "nobody was signed in"
        except PromptVMAuthError as error:
            return str(error)
        return ""

    async def _revoke_tokens(self, credential: Credential, server: AuthorizationServer) -> str:
        """Revoke the stored tokens (RFC 7009)."""
        try:
            fields = await self.secrets.load(credential.profile) or StoredFields()
            check_binding(credential.profile, fields, server.issuer, server.client_id)
            return await Revocation(self.api.http).do(server, StoredTokens.from_fields(fields))
        except PromptVMAuthError as error:
            return str(error)

    async def _remove_tokens(self, profile: str) -> None:
        try:
            async with self.lock.hold(profile, timeout=LOCK_TIMEOUT):
                await self.secrets.delete(profile)
        except (LockTimeout, LockUnavailable):
            await self.secrets.delete(
                profile
            )  # a logout never fails for a lock, though a refresh under way may undo it

    async def _forget_keys(self, credential: Credential) -> bool:
        """Take API keys and the expiry out of the profile; what else it says serves the next login."""
        recorded = credential.recorded
        if any(name in recorded for name in (*_KEYS, "expires_at")):
            kept = {name: value for name, value in recorded.items() if name not in (*_KEYS, "expires_at")}
            await self.profiles.save(credential.profile, StoredFields(kept))
        return any(name in recorded for name in _KEYS)
