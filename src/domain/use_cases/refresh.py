"""Renewing an access token (RFC 6749 §6): lock, look again, refresh, save before use, release.

A refresh that fails is one of three things: rejected (log in again), unreachable (keep the tokens, try later), or local
(it could not be saved; the error carries the tokens). It never turns into a login by itself.
"""

from attrs import field, frozen

from ...ports.clock import Clock
from ...ports.entropy import Entropy
from ...ports.events import Listener, ProblemNoticed, Refreshed
from ...ports.http import Http, HttpRequest, HttpResponse
from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ...ports.rfc3339 import format_time, parse_time
from ...ports.secret import Secret
from ...ports.secrets import AwaitedSecretStore, StoredFields
from ...ports.single_flight import SingleFlight
from ..errors import (
    LockTimeout,
    NoRefreshToken,
    NoTokensError,
    OAuthError,
    ProfileError,
    PromptVMAuthError,
    RefreshRejected,
    TokensNotSaved,
)
from ..freshness import RefreshPolicy, early_window, is_fresh
from ..issuer_binding import check_binding
from ..oauth.server import AuthorizationServer
from ..oauth.token_response import parse_token_response
from ..profile import Credential
from ..tokens import TOKEN_FIELDS, StoredTokens, TokenResponse
from .access import Held

_AT_ONCE = float("-inf")  # worth looking at the store again at the next call: somebody is renewing it
_PAUSE = 1.0  # seconds between two attempts at least, while the token is good and the server is not
_BARE_REJECTIONS = frozenset({400, 401, 403})  # some servers give a dead refresh token no `error` at all


def refresh_request(server: AuthorizationServer, refresh_token: Secret) -> HttpRequest:
    """Build the refresh request (RFC 6749 §6)."""
    parameters: dict[str, str | Secret | None] = {
        "grant_type": "refresh_token",
        "client_id": server.client_id,
        "refresh_token": refresh_token,
    }
    return server.post(server.endpoint("token_endpoint"), parameters)


def parse_refresh_response(response: HttpResponse, now: float, refresh_token: Secret) -> TokenResponse:
    """Read the answer to a refresh.

    Raises:
        RefreshRejected: the refresh token is dead: `invalid_grant`, or a bare 400, 401 or 403.
        OAuthError: the server refused otherwise; `ServerUnavailable` if it may not refuse later.
        InvalidResponse: the tokens cannot be used.
    """
    try:
        return parse_token_response(response, now, refresh_token)
    except OAuthError as error:
        if error.code == "invalid_grant" or (not error.code and error.status in _BARE_REJECTIONS):
            raise RefreshRejected(error.code, error.description, error.status) from None
        raise


@frozen
class _Renewed:
    """What a refresh brought, for as long as it could not be stored; `spent` is the refresh token that it cost."""

    spent: Secret
    tokens: StoredTokens
    fields: StoredFields
    expires_at: float | None
    lifetime: float | None
    scope: str | None


@frozen
class Refresh:
    """The use case: one refresh for any number of tasks, threads and processes."""

    http: Http
    clock: Clock
    entropy: Entropy
    secrets: AwaitedSecretStore
    profiles: AwaitedProfileStore
    lock: Lock
    flight: SingleFlight
    emit: Listener
    policy: RefreshPolicy
    unsaved: dict[str, "_Renewed"] = field(factory=dict[str, "_Renewed"], repr=False)

    async def do(
        self,
        credential: Credential,
        server: AuthorizationServer,
        *,
        replacing: Secret | None = None,
    ) -> Held:
        """Give a fresh token of a profile.

        Args:
            credential: whose token.
            server: where the login belongs.
            replacing: the access token that will not do, because it is over or a server refused it; another one that is
                stored by now and not over is adopted in its place. None refreshes whatever is stored.

        Raises:
            NoTokensError: nobody is signed in.
            NoRefreshToken: there is nothing to refresh with.
            RefreshRejected: the server no longer takes the refresh token.
            TransportError, ServerUnavailable: the server was not reached; what is stored is kept.
            TokensNotSaved: the new tokens could not be stored.
            LockTimeout, LockUnavailable: the lock could not be had.
            StoreError: the store could not be read.
        """

        async def locked() -> Held:
            async with self.lock.hold(credential.profile, timeout=self.policy.lock_timeout):
                return await self._under_lock(credential, server, replacing)

        held = await self.flight.run_once(credential.profile, locked)
        if held.token == replacing:  # another caller's flight, begun before this token was refused
            held = await self.flight.run_once(credential.profile, locked)
        return held

    async def early(self, credential: Credential, server: AuthorizationServer, kept: Held) -> Held:
        """Renew a token that is not over yet, unless somebody else is at it; where it is not renewed, it is given back.

        Args:
            credential: whose token.
            server: where the login belongs.
            kept: the token, `stale_at` being the moment at which it is over.

        Raises:
            RefreshRejected: the server no longer takes the refresh token.
            TokensNotSaved: the new tokens could not be stored.
            NoTokensError, StoreCorrupt: what was stored is gone; nothing else matters before the token is over.
        """
        key = f"early {credential.profile}"  # who must have a new token joins another flight, and waits
        if self.flight.is_running(credential.profile) or self.flight.is_running(key):
            return kept._replace(stale_at=_AT_ONCE)

        async def locked() -> Held:
            async with self.lock.hold(credential.profile, timeout=0):
                return await self._under_lock(credential, server, kept.token)

        try:
            return await self.flight.run_once(key, locked)
        except LockTimeout:
            return kept._replace(stale_at=_AT_ONCE)
        except NoRefreshToken:
            return kept
        except PromptVMAuthError as error:
            if error.needs_login or isinstance(error, TokensNotSaved):
                raise
            now = self.clock.now()
            return kept._replace(stale_at=min(kept.stale_at, now + max(_PAUSE, (kept.stale_at - now) / 2)))

    async def _under_lock(self, credential: Credential, server: AuthorizationServer, replacing: Secret | None) -> Held:
        fields = await self._load(credential.profile)
        check_binding(credential.profile, fields, server.issuer, server.client_id)
        if replacing is not None and (adopted := self._adopt(fields, replacing)) is not None:
            return adopted
        tokens = StoredTokens.from_fields(fields)
        unsaved = self.unsaved.get(credential.profile)
        if unsaved is not None and unsaved.spent == tokens.refresh_token:
            return await self._save_at_last(credential, server, unsaved)
        if tokens.refresh_token is None:
            raise NoRefreshToken(
                f"the login of the profile {credential.profile!r} is over and holds no refresh token: log in again"
            )
        refresh_token = tokens.refresh_token
        await self.secrets.rehearse(credential.profile, fields)

        async def exchange() -> Held:
            return await self._exchange_and_save(credential, server, fields, refresh_token)

        try:
            return await self.flight.uninterrupted(exchange)
        except RefreshRejected:
            winner = await self._load(credential.profile)
            check_binding(credential.profile, winner, server.issuer, server.client_id)
            if (adopted := self._adopt(winner, tokens.access_token)) is None:
                raise
            return adopted

    async def _save_at_last(self, credential: Credential, server: AuthorizationServer, unsaved: "_Renewed") -> Held:
        """Save what could not be saved when it was granted; the refresh token that is stored is dead."""

        async def save() -> Held:
            return await self._save(credential.profile, unsaved)

        held = await self.flight.uninterrupted(save)
        if self.clock.now() < held.stale_at:
            return held
        return await self._under_lock(credential, server, held.token)

    async def _exchange_and_save(
        self, credential: Credential, server: AuthorizationServer, fields: StoredFields, refresh_token: Secret
    ) -> Held:
        response = await self.http.send(refresh_request(server, refresh_token))
        now = self.clock.now()
        granted = parse_refresh_response(response, now, refresh_token)
        tokens = StoredTokens.granted(granted, keep=refresh_token)
        kept = StoredFields({name: value for name, value in fields.items() if name not in TOKEN_FIELDS})
        expires_at = None if granted.expires_in is None else now + granted.expires_in
        fields = StoredFields(kept | tokens.to_fields())
        renewed = _Renewed(refresh_token, tokens, fields, expires_at, granted.expires_in, granted.scope)
        return await self._save(credential.profile, renewed)

    async def _save(self, profile: str, renewed: "_Renewed") -> Held:
        try:
            await self.secrets.save(profile, renewed.fields)
        except Exception as error:
            # The old refresh token is spent: whatever the cause, the new tokens are kept here and in the error.
            self.unsaved[profile] = renewed
            reason = str(error) if isinstance(error, PromptVMAuthError) else f"unexpected {type(error).__name__}"
            raise TokensNotSaved(
                f"the login of the profile {profile!r} was renewed but could not be stored ({reason}); "
                "mend the store and try again in this program, or the next run must log in again",
                tokens=renewed.tokens,
            ) from error
        self.unsaved.pop(profile, None)
        await self._record(profile, renewed.expires_at, renewed.scope)
        self.emit(Refreshed(profile, renewed.expires_at))
        return self._held(renewed.tokens.access_token, renewed.expires_at, renewed.lifetime)

    async def _record(self, profile: str, expires_at: float | None, scope: str | None) -> None:
        """Keep the profile's `expires_at` in step: the Go tool trusts it before the store's; and note a new scope."""
        expiry = "" if expires_at is None else format_time(expires_at)
        try:
            if (recorded := await self.profiles.load(profile)) is not None:
                granted = {"scope": scope} if scope is not None and recorded.get("issuer") else {}
                await self.profiles.save(profile, StoredFields(recorded | {"expires_at": expiry} | granted))
        except ProfileError as error:
            self.emit(ProblemNoticed(profile, f"the new expiry was not noted in the profile: {error}"))

    async def _load(self, profile: str) -> StoredFields:
        fields = await self.secrets.load(profile)
        if not fields or not fields.get("access_token"):
            raise NoTokensError(profile)
        return fields

    def _adopt(self, fields: StoredFields, replacing: Secret) -> Held | None:
        """Take what somebody else has stored meanwhile, if it is not over."""
        expires_at = parse_time(fields.get("expires_at"))
        token = Secret(fields.get("access_token", ""))
        if token == replacing or not is_fresh(expires_at, self.clock.now(), 0.0):
            return None
        return self._held(token, expires_at, None)

    def _held(self, token: Secret, expires_at: float | None, lifetime: float | None) -> Held:
        window = early_window(self.policy, lifetime, self.entropy.jitter())
        return Held(token, float("inf") if expires_at is None else expires_at - window)
