"""Handing out an access token: from memory, else from the store, else by a refresh.

The common case must cost next to nothing, so this module loads no attrs, and the refresh only when one is due.
"""

from typing import NamedTuple, Protocol

from ...ports.clock import Clock
from ...ports.profiles import AwaitedProfileStore
from ...ports.rfc3339 import parse_time
from ...ports.secret import Secret
from ...ports.secrets import AwaitedSecretStore
from ..errors import NoTokensError
from ..freshness import RefreshPolicy, early_window, is_fresh
from ..profile import Configuration, Credential, resolve


class Held(NamedTuple):
    """A token in memory.

    Attributes:
        token: the access token.
        stale_at: seconds since 1970-01-01 UTC from which it is renewed.
    """

    token: Secret
    stale_at: float


class Renew(Protocol):
    """Renews the token of a profile, see `Refresh.do`."""

    async def __call__(self, credential: Credential, *, replacing: Secret) -> Held:
        """Refresh, or adopt what somebody else has stored in place of this token."""
        ...


class RenewEarly(Protocol):
    """Renews a token that is not over yet, see `Refresh.early`."""

    async def __call__(self, credential: Credential, kept: Held) -> Held:
        """Give the new one, or the one that is kept."""
        ...


class Access:
    """The access tokens of one client. Safe to share between threads and tasks."""

    def __init__(
        self,
        *,
        clock: Clock,
        profiles: AwaitedProfileStore,
        secrets: AwaitedSecretStore,
        renew: Renew,
        renew_early: RenewEarly,
        configuration: Configuration,
        policy: RefreshPolicy,
        held: dict[str | None, Held],
    ) -> None:
        """Take what is needed; `held` is the memory, which may be shared between clients of both colours."""
        self._clock = clock
        self._profiles = profiles
        self._secrets = secrets
        self._renew = renew
        self._renew_early = renew_early
        self._configuration = configuration
        self._policy = policy
        self._held = held

    async def token(self, profile: str | None = None) -> Secret:
        """Give a fresh access token, or the key of an API-key profile.

        Raises:
            NoTokensError: nobody is signed in.
            PromptVMAuthError: the profile, the store or the refresh failed; see `resolve` and `Refresh.do`.
        """
        return (await self.held(profile)).token

    async def held(self, profile: str | None = None) -> Held:
        """Give what `token` gives, with the moment from which it is worth asking again; that is past for a key.

        Raises:
            PromptVMAuthError: see `token`.
        """
        return self._in_memory(profile) or await self._find(profile)

    def at_hand(self, profile: str | None) -> Secret | None:
        """Give the token in memory if it is fresh; never waits."""
        held = self._in_memory(profile)
        return None if held is None else held.token

    async def replace(self, profile: str | None, refused: Secret) -> Secret:
        """Give another token than the one that a server refused with 401 (RFC 6750 §3.1).

        Raises:
            PromptVMAuthError: see `Refresh.do`.
        """
        newer = self.at_hand(profile)
        if newer is not None and newer != refused:
            return newer
        credential = await resolve(self._profiles, self._configuration, profile)
        if credential.key is not None:
            return credential.key
        return (await self._renewed(profile, credential, refused)).token

    def forget(self) -> None:
        """Empty the memory, as a login, a logout or another active profile demands."""
        self._held.clear()

    def _in_memory(self, profile: str | None) -> Held | None:
        held = self._held.get(profile)
        return held if held is not None and self._clock.now() < held.stale_at else None

    async def _find(self, profile: str | None) -> Held:
        credential = await resolve(self._profiles, self._configuration, profile)
        if credential.key is not None:
            return Held(credential.key, float("-inf"))
        fields = await self._secrets.load(credential.profile)
        if not fields or not fields.get("access_token"):
            raise NoTokensError(credential.profile)
        token = Secret(fields["access_token"])
        expires_at = parse_time(fields.get("expires_at"))
        if expires_at is None:
            return self._remember(profile, Held(token, float("inf")))
        now, window = self._clock.now(), early_window(self._policy, None)
        if is_fresh(expires_at, now, window):
            return self._remember(profile, Held(token, expires_at - window))
        if not is_fresh(expires_at, now, 0.0):
            return await self._renewed(profile, credential, token)
        held = await self._renew_early(credential, Held(token, expires_at))
        if held.token != token:
            self.forget()
        return self._remember(profile, held)

    async def _renewed(self, profile: str | None, credential: Credential, replacing: Secret) -> Held:
        held = await self._renew(credential, replacing=replacing)
        self.forget()  # the same login may be remembered under another name, None for one
        return self._remember(profile, held)

    def _remember(self, profile: str | None, held: Held) -> Held:
        self._held[profile] = held
        return held
