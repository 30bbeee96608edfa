"""Renews access tokens (RFC 6749 §6): take the lock, read the store again, refresh, save, release the lock.

A refresh can fail in three ways: the server rejects it (log in again), the server cannot be reached (the tokens are
kept, try later), or the new tokens cannot be saved (the error carries them). It never starts a login.
"""

from attrs import evolve, field, frozen

from ...ports.clock import Clock
from ...ports.events import InterruptDelayed, Listener, ProblemNoticed, Refreshed
from ...ports.http import Http
from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ...ports.rfc3339 import format_time
from ...ports.secret import Secret
from ...ports.secrets import StoredFields
from ...ports.single_flight import SingleFlight, Work
from ..account import Account
from ..binding import Binding
from ..errors import (
    NoRefreshToken,
    ProfileError,
    RefreshRejected,
    StoreError,
    TokensNotSaved,
    WrongUser,
    reason_of,
)
from ..freshness import CachedToken, RefreshPolicy
from ..oauth.server import AuthorizationServer
from ..oauth.token_endpoint import parse_refresh_response, refresh_request
from ..profile import load_profile, save_profile
from ..stores.pair_check import check_user, wrong_user
from ..tokens import TOKEN_FIELDS, UNUSABLE_REFRESH, StoredTokens
from .client_ports import OnlinePorts, StoredPorts
from .stored_pair import StoredPair
from .unrecorded_login import record_unrecorded


@frozen
class _Renewed:
    """Tokens from a refresh that are not saved yet.

    Attributes:
        spent: the refresh token that the refresh consumed.
        tokens: what the server granted.
        fields: the fields to save.
        expires_at: when the access token expires, in seconds since 1970-01-01 UTC, or None.
        lifetime: the lifetime of the access token in seconds as granted, or None.
        scope: the granted scope, or None if the server did not say.
    """

    spent: Secret
    tokens: StoredTokens
    fields: StoredFields
    expires_at: float | None
    lifetime: float | None
    scope: str | None


@frozen
class Renewal:
    """One refresh of one account.

    Attributes:
        account: the account.
        server: the server of its login.
        refused: the access token that a server refused, which must be replaced; None if there is no such token.
        early: the token that is renewed before it expires, with its expiry as `renew_at`; None if it has expired.
        forced: whether to refresh although the stored token is fresh.
    """

    account: Account
    server: AuthorizationServer
    refused: Secret | None = None
    early: CachedToken | None = None
    forced: bool = False


@frozen
class Refresh:
    """Renews access tokens; concurrent tasks, threads and processes share one refresh per profile.

    Attributes:
        unsaved: the tokens that could not be stored, by profile.
        of_others: spent refresh tokens, whose new tokens were another user's than the profile's and were not used.
    """

    http: Http
    clock: Clock
    stored: StoredPair
    profiles: AwaitedProfileStore
    lock: Lock
    single_flight: SingleFlight
    emit: Listener
    policy: RefreshPolicy
    unsaved: dict[str, _Renewed] = field(factory=dict[str, _Renewed], repr=False)
    of_others: set[Secret] = field(factory=set[Secret], repr=False)

    @classmethod
    def of_ports(cls, ports: StoredPorts, online: OnlinePorts) -> "Refresh":
        """Returns the refresh use case of one client."""
        return cls(
            online.http,
            ports.clock,
            StoredPair(ports.clock, online.entropy, ports.profiles, ports.policy),
            ports.profiles,
            online.lock,
            online.single_flight,
            online.emit,
            ports.policy,
        )

    async def record_unrecorded(self, account: Account) -> bool:
        """Records a login whose process was ended before it wrote the profile; returns whether there was one.

        Raises:
            PromptVMAuthError: the errors of `record_unrecorded`.
        """
        return await record_unrecorded(account, self.profiles, self.lock, self.policy.lock_timeout)

    async def force(self, account: Account) -> CachedToken:
        """Refreshes the stored tokens, even if they have not expired.

        Raises:
            PromptVMAuthError: the errors of `renew`.
        """
        await account.secrets.unlock(account.name)
        return await self._run(Renewal(account, await account.server(), forced=True))

    async def renew(self, account: Account, *, instead_of: Secret | None) -> CachedToken:
        """Returns a fresh token in place of one that has expired or that a server refused.

        Args:
            account: the account.
            instead_of: the access token that a server refused; None if the stored one has expired. If the store has a
                fresh one by now that was not refused, that one is returned without a request.

        Raises:
            NoTokensError: the profile is not signed in.
            NoRefreshToken: there is no refresh token.
            RefreshRejected: the server rejected the refresh token.
            TransportError, ServerUnavailable: the server was not reached; the stored tokens are kept.
            TokensNotSaved: the new tokens could not be stored.
            LockTimeout, LockUnavailable: the lock could not be taken.
            StoreError: the store could not be read.
        """
        await account.secrets.unlock(account.name)
        return await self._run(Renewal(account, await account.server(), instead_of))

    async def _run(self, task: Renewal) -> CachedToken:
        name, led = task.account.name, False

        async def work() -> CachedToken:
            nonlocal led
            led = True
            return await self.locked(task, self.policy.lock_timeout)

        cached = await self.single_flight.run_once(name, work)
        if cached.token == task.refused and not led:  # the shared refresh began before this token was refused
            cached = await self.single_flight.run_once(name, work)
        return cached

    async def locked(self, task: Renewal, seconds: float) -> CachedToken:
        """Renews under the lock of the profile.

        Args:
            task: what to renew.
            seconds: how long to wait for the lock.

        Raises:
            PromptVMAuthError: the errors of `renew`.
        """
        async with self.lock.hold(task.account.name, timeout=seconds):
            return await self._under_lock(task)

    async def _under_lock(self, task: Renewal) -> CachedToken:
        stored = self.stored
        account, fields = await stored.load(task.account, task.server)
        adopted = None if task.forced else stored.adopted(account, fields, task.refused, task.early)
        if adopted is not None:
            return adopted
        unsaved = self.unsaved.get(account.name)
        if unsaved is not None and unsaved.spent == StoredTokens.from_fields(fields).refresh_token:
            return await self._save_at_last(task, unsaved)
        if stored.go_may_renew(fields, task.server):
            earlier = fields
            account, fields = await stored.look_later(account, task.server)
            if (adopted := stored.changed(account, earlier, fields, task.refused)) is not None:
                return adopted
        refresh_token = StoredTokens.from_fields(fields).refresh_token
        if refresh_token is None:
            raise NoRefreshToken(
                f"the login of profile {account.name!r} has expired and has no refresh token: log in again"
            )
        if refresh_token in self.of_others:
            raise wrong_user(account.name, granted=True)
        await account.secrets.rehearse(account.name, fields)
        try:
            return await self._finish(account.name, lambda: self._exchange(task, fields, refresh_token))
        except RefreshRejected:
            if (adopted := await stored.look_again(account, task.server, fields, task.refused)) is None:
                raise
            return adopted

    async def _save_at_last(self, task: Renewal, unsaved: _Renewed) -> CachedToken:
        """Saves tokens that could not be saved when they were granted; the stored refresh token is already spent."""
        cached = await self._finish(task.account.name, lambda: self._save(task.account, unsaved))
        if self.clock.now() < cached.renew_at:
            return cached
        return await self._under_lock(evolve(task, refused=cached.token, forced=False))

    async def _finish(self, name: str, work: Work[CachedToken]) -> CachedToken:
        """Runs what must not be interrupted, and tells a user who presses Ctrl-C again what it takes so long."""

        def delayed(seconds: float) -> None:
            self.emit(InterruptDelayed(name, "the renewal", seconds))

        return await self.single_flight.uninterrupted(work, delayed)

    async def _exchange(self, task: Renewal, fields: StoredFields, refresh_token: Secret) -> CachedToken:
        response = await self.http.send(refresh_request(task.server, refresh_token))
        now = self.clock.now()
        granted = parse_refresh_response(response, now, refresh_token)
        user_id = granted.user.id if granted.user is not None else ""
        earlier = Binding.read(fields)
        try:
            check_user(task.account, user_id)
            if earlier is not None and user_id and earlier.user_id not in {"", user_id}:
                raise wrong_user(task.account.name, granted=True)
        except WrongUser:
            self.of_others.add(refresh_token)
            raise
        tokens = StoredTokens.granted(granted, keep=refresh_token)
        others = StoredFields((name, value) for name, value in fields.items() if name not in TOKEN_FIELDS)
        expires_at = None if granted.expires_in is None else now + granted.expires_in
        bound_user = user_id or (earlier.user_id if earlier is not None else "")
        binding = Binding.granted(task.server, bound_user, now, granted.expires_in)
        renewed = StoredFields(binding.bound(others | tokens.to_fields()))
        return await self._save(
            task.account,
            _Renewed(refresh_token, tokens, renewed, expires_at, granted.expires_in, granted.scope),
        )

    async def _save(self, account: Account, renewed: _Renewed) -> CachedToken:
        name = account.name
        try:
            await account.secrets.save(name, renewed.fields)
        except Exception as error:
            # The old refresh token is spent, so the new tokens are kept here and in the error, whatever the cause.
            self.unsaved[name] = renewed
            raise TokensNotSaved(
                f"the tokens of profile {name!r} were renewed but could not be stored ({reason_of(error)}); "
                "repair the store and try again in this program, or log in again",
                tokens=renewed.tokens,
            ) from error
        self.unsaved.pop(name, None)
        await self._record(name, renewed.expires_at, renewed.scope)
        self.emit(Refreshed(name, renewed.expires_at))
        if renewed.tokens.refresh_token is None:  # the one that was sent is spent, and the new one cannot be used
            self.emit(ProblemNoticed(name, UNUSABLE_REFRESH))
        return self.stored.cached(renewed.tokens.access_token, renewed.expires_at, renewed.lifetime)

    async def _record(self, name: str, expires_at: float | None, scope: str | None) -> None:
        """Records the new expiry, which the Go tool prefers to the store's, and a new scope in the profile."""
        expiry = "" if expires_at is None else format_time(expires_at)
        try:
            profile = await load_profile(self.profiles, name)
            if profile.recorded:
                granted = profile.scope if scope is None or not profile.issuer else scope
                await save_profile(self.profiles, profile._replace(expires_at=expiry, scope=granted))
        except (ProfileError, StoreError) as error:
            self.emit(ProblemNoticed(name, f"the new expiry could not be recorded in the profile: {error}"))
