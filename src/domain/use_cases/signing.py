"""Adds the user's token to requests of other HTTP libraries, and renews it after a refusal.

The token is sent to the allowed origins only. A refused token is renewed once. No lock is taken between the calls.
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
    """The headers of the last signed request; valid while their token is the one in memory."""

    token: Secret
    audience: frozenset[str]
    headers: Hidden[str]


class Signing:
    """Signs the requests of one profile. Safe to share between threads and tasks."""

    def __init__(
        self, access: Access, resolver: Resolver, emit: Listener, *, profile: str | None, origins: frozenset[str]
    ) -> None:
        """Builds a signer.

        Args:
            access: returns access tokens.
            resolver: resolves the account.
            emit: called with an event when a new login is required.
            profile: the profile's name; None means the credentials of the environment, else the active profile.
            origins: checked origins that get the token, besides the server's own.
        """
        self._access = access
        self._resolver = resolver
        self._emit = emit
        self._profile = profile
        self._origins = origins
        self._last: _Signed | None = None

    def in_memory(self, url: str) -> Hidden[str] | None:
        """Returns the headers for a URL if they are in memory, else None, which means that they are not known yet.

        Never waits.
        """
        last = self._last
        if last is None or self._access.in_memory(self._profile) is not last.token:
            return None
        return last.headers if origin_of(url) in last.audience else None

    async def sign(self, url: str) -> Hidden[str] | None:
        """Returns the headers for a request to this URL, or None if its origin must not get the token.

        Raises:
            PromptVMAuthError: the errors of `Access.token`.
        """
        if (headers := self.in_memory(url)) is not None:
            return headers
        account = await self._resolver.account(self._profile)
        if not self._may_get_token(account, url):
            return None
        account, token = await self._access.of_requested(self._profile, account)
        return self._signed(account, token) if self._may_get_token(account, url) else None

    async def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """Returns the headers for a second attempt after a refusal (RFC 6750 §3.1), or None if there is to be none.

        Args:
            sent: the headers that `sign` returned.
            refusal: the refused request and its response.

        Raises:
            PromptVMAuthError: the refused token could not be renewed; the errors of `Refresh.renew`.
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
        if not refusal.signed:  # a redirect between two allowed origins removed the headers
            return await self.sign(refusal.url)
        if account.credential.key is not None:
            return None
        refused = Secret(sent.get("Authorization", "").removeprefix(_BEARER))
        fresh = await self._access.replace(account, refused)
        return None if fresh == refused else self._signed(account, fresh)  # a server may grant the same token again

    def _may_get_token(self, account: Account, url: str) -> bool:
        return origin_of(url) in self._audience(account)

    def _audience(self, account: Account) -> frozenset[str]:
        own = origin_of(account.base_url)
        return self._origins if own is None else self._origins | {own}

    def _signed(self, account: Account, token: Secret) -> Hidden[str]:
        headers = api_headers(account, token)
        self._last = _Signed(token, self._audience(account), headers)
        return headers


class BlockingSigning:
    """The `Signer` of blocking HTTP clients."""

    def __init__(self, signing: Signing) -> None:
        self._signing = signing

    def sign(self, url: str) -> Hidden[str] | None:
        """Returns the headers for a request to this URL, or None if its origin must not get the token."""
        return self._signing.in_memory(url) or run_blocking(self._signing.sign(url))

    def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """Returns the headers for a second attempt after a refusal, or None if there is to be none."""
        return run_blocking(self._signing.after(sent, refusal))
