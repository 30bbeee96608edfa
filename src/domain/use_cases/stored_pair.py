"""The stored tokens under the refresh lock: loaded, checked, and looked at again where another program may write them.

The Go tool takes no lock while it renews tokens. What it has just stored is used instead of a refresh.
"""

from attrs import frozen

from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.profiles import AwaitedProfileStore
from ...ports.rfc3339 import parse_time
from ...ports.secret import Secret
from ...ports.secrets import StoredFields
from ...ports.timeouts import GO_EARLY_REFRESH, GO_WRITE
from ..account import Account
from ..binding import Binding, expiry_of
from ..errors import NoTokensError, PromptVMAuthError, WrongUser
from ..freshness import NEVER, CachedToken, RefreshPolicy, early_window, granted_in_future, is_fresh
from ..oauth.server import AuthorizationServer
from ..profile import load_profile
from ..second_look import pauses_from_now
from ..stores.pair_check import check_binding, check_pair, contradicts, wrong_user
from ..tokens import TOKEN_FIELDS


@frozen
class StoredPair:
    """Reads the stored tokens of an account."""

    clock: Clock
    entropy: Entropy
    profiles: AwaitedProfileStore
    policy: RefreshPolicy

    async def load(self, account: Account, server: AuthorizationServer) -> tuple[Account, StoredFields]:
        """Returns the account and its stored fields, checked.

        Unbound tokens that the profile contradicts are of a login that another program is writing. Both are read again
        for up to 0.4 s, so the account may have a later profile, of the same user.

        Raises:
            NoTokensError: the profile is not signed in.
            WrongServer, WrongUser: the tokens or the profile belong to another server or user.
            StoreError, ProfileError: the store or the profile could not be read.
        """
        fields = await self._checked(account, server)
        if not contradicts(account.profile, fields, Binding.read(fields)):
            return account, fields
        for pause in pauses_from_now():
            await self.clock.sleep(pause)
            account = await self._latest(account)
            fields = await self._checked(account, server)
            if not contradicts(account.profile, fields, Binding.read(fields)):
                break
        return account, fields

    def cached(self, token: Secret, expires_at: float | None, lifetime: float | None) -> CachedToken:
        """Returns a token with the time to renew it.

        Args:
            token: the access token.
            expires_at: its expiry in seconds since 1970-01-01 UTC, or None.
            lifetime: its lifetime in seconds as granted, or None.
        """
        window = early_window(self.policy, lifetime, self.entropy.jitter())
        return CachedToken(token, NEVER if expires_at is None else expires_at - window)

    def adopted(
        self, account: Account, fields: StoredFields, refused: Secret | None, early: CachedToken | None = None
    ) -> CachedToken | None:
        """Returns the stored token if it may be used instead of a refresh, else None.

        Args:
            account: the account.
            fields: the stored fields.
            refused: the access token that a server refused, or None.
            early: the token that is renewed before it expires, with its expiry as `renew_at`; or None. A keychain is
                written entry by entry, so the same access token may have got its later expiry meanwhile.
        """
        token, binding = Secret(fields.get("access_token", "")), Binding.read(fields)
        expires_at, now = expiry_of(fields, binding), self.clock.now()
        if token == refused or not is_fresh(expires_at, now, 0.0):
            return None
        if early is not None and (token, expires_at) == (early.token, early.renew_at):
            return None
        if contradicts(account.profile, fields, binding):
            return None
        if binding is not None and granted_in_future(binding.granted_at, now):
            return None
        return self.cached(token, expires_at, binding.lifetime if binding is not None else None)

    def changed(
        self, account: Account, earlier: StoredFields, latest: StoredFields, refused: Secret | None
    ) -> CachedToken | None:
        """Returns the latest token if any of the tokens or their expiry changed and it may be used, else None.

        A keychain is written entry by entry, so the access token alone may have been the new one before.
        """
        if all(earlier.get(name) == latest.get(name) for name in TOKEN_FIELDS):
            return None
        return self.adopted(account, latest, refused)

    def go_may_renew(self, fields: StoredFields, server: AuthorizationServer) -> bool:
        """Returns whether the Go tool may be renewing these tokens: it writes no binding, and they expire soon.

        It may also be writing them: the access token first, beside a refresh token that is bound.
        """
        binding = Binding.read(fields)
        if server.issuer is not None or binding is not None:
            return server.issuer is None and binding is not None and binding.torn
        return not is_fresh(parse_time(fields.get("expires_at")), self.clock.now(), GO_EARLY_REFRESH)

    async def look_later(self, account: Account, server: AuthorizationServer) -> tuple[Account, StoredFields]:
        """Returns account and stored fields after the time that the Go tool needs to write what it has received.

        Raises:
            WrongUser: the profile names another user by now.
            PromptVMAuthError: the errors of `load`.
        """
        await self.clock.sleep(GO_WRITE)
        return await self.load(await self._latest(account), server)

    async def look_again(
        self, account: Account, server: AuthorizationServer, rejected: StoredFields, refused: Secret | None
    ) -> CachedToken | None:
        """Looks for tokens of another program after the server rejected the refresh token.

        Args:
            account: the account.
            server: the server of its login.
            rejected: the fields with the rejected refresh token.
            refused: the access token to replace, or None.

        Returns:
            The token that is stored by now, for the same user and server; None if there is none.
        """
        for pause in pauses_from_now():
            await self.clock.sleep(pause)
            try:
                latest = await self._latest(account)
                fields = await self._checked(latest, server)
            except WrongUser:
                return None
            except PromptVMAuthError:
                continue  # the other program may be writing just now
            if (adopted := self.changed(latest, rejected, fields, refused)) is not None:
                return adopted
        return None

    async def _checked(self, account: Account, server: AuthorizationServer) -> StoredFields:
        fields = await account.secrets.load(account.name)
        if not fields or not fields.get("access_token"):
            raise NoTokensError(account.name)
        check_binding(account.name, fields, server.issuer, server.client_id)
        check_pair(account, fields)
        return fields

    async def _latest(self, account: Account) -> Account:
        """Returns the account with its profile read again."""
        profile = await load_profile(self.profiles, account.name)
        if account.profile.is_another_login(profile):
            raise wrong_user(account.name)
        return account._replace(profile=profile)
