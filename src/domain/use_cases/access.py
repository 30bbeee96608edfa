"""Returns access tokens: from memory, else from the store, else by a refresh.

The common case must be fast, so this module loads no attrs, and the refresh only when it is needed.
"""

from typing import TYPE_CHECKING

from ...ports.secret import Secret
from ..account import Account
from ..binding import Binding, expiry_of
from ..errors import ConfigurationError, NoTokensError, ServerUnavailable, TransportError, WrongServer, WrongUser
from ..freshness import NEVER, RECHECK_NOW, CachedToken, early_window, granted_in_future, is_fresh
from ..stores.pair_check import check_pair, contradicts
from .client_ports import StoredPorts
from .resolver import Resolver
from .stored_fields import load_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from .refresh import Refresh

TokenMemory = dict[str | None, CachedToken]
"""The tokens in memory, by the profile name that callers passed; None for calls without one."""


class Access:
    """The access tokens of one client. Safe to share between threads and tasks."""

    def __init__(
        self, ports: StoredPorts, resolver: Resolver, memory: TokenMemory, refresh: "Callable[[], Refresh]"
    ) -> None:
        self._ports = ports
        self._resolver = resolver
        self._memory = memory
        self._refresh = refresh

    async def token(self, profile: str | None = None) -> Secret:
        """Returns a fresh access token, or the API key of an API-key profile.

        Args:
            profile: the profile's name; None means the credentials of the environment, else the active profile.

        Raises:
            NoTokensError: the profile is not signed in.
            PromptVMAuthError: the errors of `Resolver.account` and `Refresh.renew`.
        """
        return (await self.cached(profile)).token

    async def cached(self, profile: str | None = None) -> CachedToken:
        """Returns the token and the time to renew it; API keys are never cached.

        Raises:
            PromptVMAuthError: the errors of `token`.
        """
        if (cached := self._in_memory(profile)) is not None:
            return cached
        _, cached = await self._settled(profile, await self._resolver.account(profile))
        return cached

    async def of_account(self, account: Account) -> tuple[Account, Secret]:
        """Returns the token, or the API key, of an account that is already resolved, with its account.

        The account is another one only if the user of its profile changed meanwhile.

        Raises:
            PromptVMAuthError: the errors of `token`.
        """
        return await self.of_requested(account.name, account)

    async def of_requested(self, requested: str | None, account: Account) -> tuple[Account, Secret]:
        """Returns what `of_account` returns, and keeps the token in memory under the name that the caller passed too.

        Raises:
            PromptVMAuthError: the errors of `token`.
        """
        cached = self._in_memory_of(account)
        if cached is None:
            account, cached = await self._settled(account.name, account)
        if account.credential.key is None:
            self._memory[requested] = cached
        return account, cached.token

    def in_memory(self, profile: str | None) -> Secret | None:
        """Returns the token in memory if it is fresh, else None; never waits."""
        cached = self._in_memory(profile)
        return None if cached is None else cached.token

    async def replace(self, account: Account, refused: Secret) -> Secret:
        """Returns a token to replace one that a server refused with 401 (RFC 6750 §3.1); an API key is returned as is.

        Raises:
            PromptVMAuthError: the errors of `Refresh.renew`.
        """
        if account.credential.key is not None:
            return account.credential.key
        newer = self._in_memory_of(account)
        if newer is not None and newer.token != refused:
            return newer.token
        return (await self._renewed(account.name, account, refused)).token

    async def replace_for(self, profile: str | None, refused: Secret) -> Secret:
        """Returns a token to replace a refused one, for a profile name that the caller passed.

        Raises:
            PromptVMAuthError: the errors of `Resolver.account` and `replace`.
        """
        newer = self.in_memory(profile)
        if newer is not None and newer != refused:
            return newer
        return await self.replace(await self._resolver.account(profile), refused)

    async def forced(self, profile: str | None) -> Secret:
        """Returns a new token of a stored profile, even if the stored one has not expired.

        Raises:
            PromptVMAuthError: the errors of `Resolver.stored` and `Refresh.force`.
        """
        account = await self._resolver.stored(profile)
        try:
            cached = await self._refresh().force(account)
        except (WrongServer, WrongUser) as error:
            if not await self._recorded_now(account, error):
                raise
            cached = await self._refresh().force(await self._resolver.stored(profile))
        self.forget(account.name)
        return cached.token

    def forget(self, name: str) -> None:
        """Removes the tokens of a profile from memory, and that of calls without a name, which may be of it."""
        for requested, cached in list(self._memory.items()):
            if requested in {None, name} or cached.whose[:1] == (name,):
                self._memory.pop(requested, None)

    def _in_memory(self, profile: str | None) -> CachedToken | None:
        cached = self._memory.get(profile)
        return cached if cached is not None and self._ports.clock.now() < cached.renew_at else None

    def _in_memory_of(self, account: Account) -> CachedToken | None:
        """Returns the token in memory, unless another user logged in to the profile meanwhile, in any process."""
        cached = self._in_memory(account.name)
        return cached if cached is not None and cached.whose == _whose(account) else None

    async def _settled(self, requested: str | None, account: Account) -> tuple[Account, CachedToken]:
        """Returns the token of an account, with the account.

        A login writes its tokens first and its profile last. Where the two name different users, both are looked at
        again for up to 0.4 s, so the account may be another one.
        """
        try:
            return account, await self._find(requested, account)
        except WrongUser as error:
            return await self._look_again(requested, account, error)
        except WrongServer as error:
            return await self._find_recorded(requested, account, error)

    async def _look_again(
        self, requested: str | None, account: Account, error: WrongUser
    ) -> tuple[Account, CachedToken]:
        from ..second_look import pauses_from_now

        looks = pauses_from_now()
        while not error.granted and (pause := next(looks, None)) is not None:  # of a granted one, the token is spent
            await self._ports.clock.sleep(pause)
            account = await self._resolver.account(requested)
            try:
                return account, await self._find(requested, account)
            except WrongUser as again:
                error = again
        return await self._find_recorded(requested, account, error)

    async def _find_recorded(
        self, requested: str | None, account: Account, error: WrongServer | WrongUser
    ) -> tuple[Account, CachedToken]:
        if not await self._recorded_now(account, error):
            raise error
        account = await self._resolver.account(requested)
        return account, await self._find(requested, account)

    async def _recorded_now(self, account: Account, error: WrongServer | WrongUser) -> bool:
        """Returns whether the profile is now that of the tokens, whose login was ended before it wrote the profile."""
        granted = isinstance(error, WrongUser) and error.granted  # these tokens are not the stored ones
        return not granted and await self._refresh().record_unrecorded(account)

    async def _find(self, requested: str | None, account: Account) -> CachedToken:
        """Returns the token of an account and caches it under the profile name that the caller passed."""
        if account.credential.key is not None:
            return CachedToken(_sendable(account.name, account.credential.key), RECHECK_NOW)
        fields = await load_fields(account.secrets, account.name)
        if not fields or not fields.get("access_token"):
            raise NoTokensError(account.name)
        binding = check_pair(account, fields)
        if contradicts(account.profile, fields, binding):
            return await self._renewed(requested, account, None)
        expires_at = expiry_of(fields, binding)
        stored = CachedToken(Secret(fields["access_token"]), NEVER if expires_at is None else expires_at)
        return await self._fresh(requested, account, stored, binding)

    async def _fresh(
        self, requested: str | None, account: Account, stored: CachedToken, binding: Binding | None
    ) -> CachedToken:
        """Returns a stored token if it is fresh, else a new one; its `renew_at` is its expiry."""
        now, expires_at = self._ports.clock.now(), stored.renew_at
        if binding is not None and granted_in_future(binding.granted_at, now):
            return await self._renewed(requested, account, None)
        window = early_window(self._ports.policy, binding.lifetime if binding is not None else None)
        if is_fresh(expires_at, now, window):
            return self._remember(requested, account, stored._replace(renew_at=expires_at - window))
        if not is_fresh(expires_at, now, 0.0):
            return await self._renewed(requested, account, None)
        cached = await self._renewed_early(account, stored)
        if cached.token != stored.token:
            self.forget(account.name)
        return self._remember(requested, account, cached)

    async def _renewed(self, requested: str | None, account: Account, refused: Secret | None) -> CachedToken:
        cached = await self._refresh().renew(account, instead_of=refused)
        self.forget(account.name)
        return self._remember(requested, account, cached)

    async def _renewed_early(self, account: Account, current: CachedToken) -> CachedToken:
        try:
            server = await account.server()
        except (TransportError, ServerUnavailable):
            return current  # it has not expired, and the server could not be discovered
        from .early_refresh import refresh_early

        return await refresh_early(self._refresh(), account, server, current)

    def _remember(self, requested: str | None, account: Account, cached: CachedToken) -> CachedToken:
        cached = self._memory[requested] = cached._replace(whose=_whose(account))
        return cached


def _whose(account: Account) -> tuple[str, str, str]:
    return account.name, account.base_url, account.profile.user_id


def _sendable(name: str, key: Secret) -> Secret:
    """Returns an API key, unchanged.

    Raises:
        ConfigurationError: it has characters that would break a header.
    """
    if not all("!" <= character <= "~" for character in key.reveal()):
        raise ConfigurationError(
            f"the API key of profile {name!r} has characters that are not allowed in a header; store it without them"
        )
    return key
