"""Putting a user's token into the requests of other HTTP libraries, and deciding what a refusal means.

The token goes to the profile's own origins alone. A refused one is renewed once; nothing is locked between two calls.
"""

from typing import NamedTuple

from ...ports.events import Listener, StepUpRequired
from ...ports.hidden import Hidden
from ...ports.secret import Secret
from ...ports.signing import Refusal
from ..account import Account
from ..oauth.www_authenticate import Step, next_step, wanted_scope
from ..url import origin_of
from .access import Access
from .api import api_headers
from .resolver import Resolver
from .run_blocking import run_blocking

_BEARER = "Bearer "


class _Signed(NamedTuple):
    """What the last request was signed with; valid for as long as its token is the one in memory."""

    profile: str
    token: Secret
    audience: frozenset[str]
    headers: Hidden[str]


class Signing:
    """Signs the requests of one profile. Safe to share between threads and tasks."""

    def __init__(
        self, access: Access, resolver: Resolver, emit: Listener, *, profile: str | None, origins: frozenset[str]
    ) -> None:
        """Makes a signer.

        Args:
            access: where tokens come from.
            resolver: finds the account.
            emit: hears of refusals that a new token would not cure.
            profile: whose requests; None means the credentials of the environment, else the active profile.
            origins: that get the token beside the profile's own, checked.
        """
        self._access = access
        self._resolver = resolver
        self._emit = emit
        self._profile = profile
        self._origins = origins
        self._last: _Signed | None = None

    def in_memory(self, url: str) -> Hidden[str] | None:
        """Returns the headers for a URL if they are in memory; None says nothing. Never waits."""
        last = self._last
        if last is None or self._access.in_memory(last.profile) is not last.token:
            return None
        return last.headers if origin_of(url) in last.audience else None

    async def sign(self, url: str) -> Hidden[str] | None:
        """Returns the headers that a request to this URL is sent with, or None if it gets none.

        Raises:
            PromptVMAuthError: there is no token, or it could not be renewed; see `Access.token`.
        """
        if (headers := self.in_memory(url)) is not None:
            return headers
        account = await self._resolver.account(self._profile)
        if not self._may_get_token(account, url):
            return None
        return self._signed(account, await self._access.of_account(account))

    async def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """Returns the headers for one more attempt after a refusal (RFC 6750 §3.1), or None if the answer stands.

        Args:
            sent: what `sign` returned.
            refusal: the answer.

        Raises:
            PromptVMAuthError: the token was refused and could not be renewed; see `Refresh.renew`.
        """
        step = next_step(refusal.status, refusal.challenge)
        if step is Step.NOTHING:
            return None
        account = await self._resolver.account(self._profile)
        if not self._may_get_token(account, refusal.url):
            return None
        if step is Step.STEP_UP:
            self._emit(StepUpRequired(account.name, refusal.status, wanted_scope(refusal.challenge)))
            return None
        if not refusal.signed:  # a redirect between two of the origins lost the headers
            return await self.sign(refusal.url)
        if account.credential.key is not None:
            return None
        refused = Secret(sent.get("Authorization", "").removeprefix(_BEARER))
        return self._signed(account, await self._access.replace(account, refused))

    def _may_get_token(self, account: Account, url: str) -> bool:
        return origin_of(url) in self._audience(account)

    def _audience(self, account: Account) -> frozenset[str]:
        own = origin_of(account.base_url)
        return self._origins if own is None else self._origins | {own}

    def _signed(self, account: Account, token: Secret) -> Hidden[str]:
        headers = api_headers(account, token)
        self._last = _Signed(account.name, token, self._audience(account), headers)
        return headers


class BlockingSigning:
    """The `Signer` of blocking HTTP clients."""

    def __init__(self, signing: Signing) -> None:
        self._signing = signing

    def sign(self, url: str) -> Hidden[str] | None:
        """Returns the headers for a URL, or None; see `Signer.sign`."""
        return self._signing.in_memory(url) or run_blocking(self._signing.sign(url))

    def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """Returns the headers for one more attempt, or None; see `Signer.after`."""
        return run_blocking(self._signing.after(sent, refusal))
