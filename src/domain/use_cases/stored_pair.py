"""The stored tokens under the refresh lock: loaded, checked, and looked at again where another program may write them.

The Go tool takes no lock while it renews tokens. What it has just stored is used instead of a refresh.
"""

from collections.abc import Iterator

from attrs import frozen

from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.profiles import AwaitedProfileStore
from ...ports.rfc3339 import parse_time
from ...ports.secret import Secret
from ...ports.secrets import StoredFields
from ...ports.timeouts import GO_EARLY_REFRESH, GO_WRITE, SECOND_LOOK, SECOND_LOOKS
from ..account import Account
from ..binding import Binding, check_binding, check_pair
from ..errors import NoTokensError, PromptVMAuthError
from ..freshness import NEVER, CachedToken, RefreshPolicy, early_window, granted_in_future, is_fresh
from ..oauth.server import AuthorizationServer
from ..profile import load_profile
from ..tokens import TOKEN_FIELDS


@frozen
class StoredPair:
    """Reads the stored tokens of an account."""

    clock: Clock
    entropy: Entropy
    profiles: AwaitedProfileStore
    policy: RefreshPolicy

    async def load(self, account: Account, server: AuthorizationServer) -> StoredFields:
        """Returns the stored fields, checked.

        Raises:
            NoTokensError: the profile is not signed in.
            WrongServer, WrongUser: the tokens belong to another server or user.
            StoreError: the store could not be read.
        """
        fields = await account.secrets.load(account.name)
        if not fields or not fields.get("access_token"):
            raise NoTokensError(account.name)
        check_binding(account.name, fields, server.issuer, server.client_id)
        check_pair(account, fields)
        return fields

    def cached(self, token: Secret, expires_at: float | None, lifetime: float | None) -> CachedToken:
        """Returns a token with the time to renew it.

        Args:
            token: the access token.
            expires_at: its expiry in seconds since 1970-01-01 UTC, or None.
            lifetime: its lifetime in seconds as granted, or None.
        """
        window = early_window(self.policy, lifetime, self.entropy.jitter())
        return CachedToken(token, NEVER if expires_at is None else expires_at - window)

    def adopted(self, fields: StoredFields, refused: Secret | None) -> CachedToken | None:
        """Returns the stored token if it may be used instead of a refresh, else None.

        Args:
            fields: the stored fields.
            refused: the access token to replace, or None.
        """
        expires_at, now = parse_time(fields.get("expires_at")), self.clock.now()
        token, binding = Secret(fields.get("access_token", "")), Binding.read(fields)
        if token == refused or not is_fresh(expires_at, now, 0.0):
            return None
        if binding is not None and granted_in_future(binding.granted_at, now):
            return None
        return self.cached(token, expires_at, binding.lifetime if binding is not None else None)

    def changed(self, earlier: StoredFields, latest: StoredFields, refused: Secret | None) -> CachedToken | None:
        """Returns the latest token if any of the tokens or their expiry changed and it may be used, else None.

        A keychain is written entry by entry, so the access token alone may have been the new one before.
        """
        if all(earlier.get(name) == latest.get(name) for name in TOKEN_FIELDS):
            return None
        return self.adopted(latest, refused)

    def go_may_renew(self, fields: StoredFields, server: AuthorizationServer) -> bool:
        """Returns whether the Go tool may be renewing these tokens: it writes no binding, and they expire soon."""
        if server.issuer is not None or Binding.read(fields) is not None:
            return False
        return not is_fresh(parse_time(fields.get("expires_at")), self.clock.now(), GO_EARLY_REFRESH)

    async def look_later(self, account: Account, server: AuthorizationServer) -> StoredFields:
        """Returns the stored fields after the time that the Go tool needs to write what it has received.

        Raises:
            PromptVMAuthError: the errors of `load`.
        """
        await self.clock.sleep(GO_WRITE)
        return await self.load(account, server)

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
        for pause in _pauses():
            await self.clock.sleep(pause)
            try:
                profile = await load_profile(self.profiles, account.name)
                latest = await self.load(account._replace(profile=profile), server)
            except PromptVMAuthError:
                continue  # the other program may be writing just now
            if account.profile.is_another_login(profile):
                return None
            if (adopted := self.changed(rejected, latest, refused)) is not None:
                return adopted
        return None


def _pauses() -> Iterator[float]:
    """Yields the seconds to wait before each look; the first look is at once."""
    yield 0.0
    pause, left = SECOND_LOOK, SECOND_LOOKS
    while left > 0:
        yield min(pause, left)
        pause, left = 2 * pause, left - pause
