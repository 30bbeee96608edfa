"""Putting a person's token into the requests of other HTTP libraries, and deciding what a refusal means.

The token goes to the profile's own origins alone. A refused one is renewed once, and nothing is held between two calls.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from ...ports.events import Listener, StepUpRequired
from ...ports.hidden import Hidden
from ...ports.secret import Secret
from ...ports.signing import Refusal
from ..audience import origin_of
from ..oauth.www_authenticate import Step, next_step, wanted_scope
from ..profile import Credential
from .access import Access
from .api import api_headers

_BEARER = "Bearer "


class _Known(NamedTuple):
    """What the last request was signed with; good for as long as its token is the one in memory."""

    profile: str
    token: Secret
    audience: frozenset[str]
    headers: Hidden[str]


class Signing:
    """Signs the requests of one profile. Safe to share between threads and tasks."""

    def __init__(
        self,
        tokens: Access,
        resolve: Callable[[str | None], Awaitable[Credential]],
        emit: Listener,
        *,
        profile: str | None,
        origins: frozenset[str],
    ) -> None:
        """Take what is needed.

        Args:
            tokens: where tokens come from.
            resolve: finds the credential of a profile, as its caller named it.
            emit: hears of refusals that a new token would not cure.
            profile: whose requests; None means the credentials of the environment, else the active profile.
            origins: that are given the token beside the profile's own, checked.
        """
        self._tokens = tokens
        self._resolve = resolve
        self._emit = emit
        self._profile = profile
        self._origins = origins
        self._known: _Known | None = None

    def at_hand(self, url: str) -> Hidden[str] | None:
        """Give the headers for a URL if they are in memory; None says nothing. Never waits."""
        known = self._known
        if known is None or self._tokens.at_hand(known.profile) is not known.token:
            return None
        return known.headers if origin_of(url) in known.audience else None

    async def sign(self, url: str) -> Hidden[str] | None:
        """Give the headers that a request to this URL is sent with, or None if it gets none.

        Raises:
            PromptVMAuthError: there is no token, or it could not be renewed; see `Access.token`.
        """
        if (headers := self.at_hand(url)) is not None:
            return headers
        credential = await self._resolve(self._profile)
        if not self._may_have(credential, url):
            return None
        return self._signed(credential, credential.key or await self._tokens.token(credential.profile))

    async def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """Give the headers for one more attempt after a refusal (RFC 6750 §3.1), or None if the answer stands.

        Args:
            sent: what `sign` gave.
            refusal: the answer.

        Raises:
            PromptVMAuthError: the token was refused and could not be renewed; see `Refresh.do`.
        """
        step = next_step(refusal.status, refusal.challenge)
        if step is Step.NOTHING:
            return None
        credential = await self._resolve(self._profile)
        if not self._may_have(credential, refusal.url):
            return None
        if step is Step.STEP_UP:
            self._emit(StepUpRequired(credential.profile, refusal.status, wanted_scope(refusal.challenge)))
            return None
        if not refusal.signed:  # a redirect between two of the origins lost the headers
            return await self.sign(refusal.url)
        if credential.key is not None:
            return None
        refused = Secret(sent.get("Authorization", "").removeprefix(_BEARER))
        return self._signed(credential, await self._tokens.replace(credential.profile, refused))

    def _may_have(self, credential: Credential, url: str) -> bool:
        return origin_of(url) in self._audience(credential)

    def _audience(self, credential: Credential) -> frozenset[str]:
        own = origin_of(credential.base_url)
        return self._origins if own is None else self._origins | {own}

    def _signed(self, credential: Credential, token: Secret) -> Hidden[str]:
        headers = api_headers(credential, token)
        self._known = _Known(credential.profile, token, self._audience(credential), headers)
        return headers
