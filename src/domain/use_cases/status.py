"""Reports the status of an account, from the stored data or by asking the server; without secrets."""

from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from ...ports.clock import Clock
from ...ports.secrets import AwaitedSecretStore, StoredFields
from ..account import Account
from ..binding import Binding
from ..errors import NoRefreshToken, NoTokensError, RefreshRejected, ServerUnavailable, TransportError
from ..oauth.gateway import is_from_gateway
from ..profile import DEFAULT_PROFILE, Profile
from ..tokens import StoredTokens, TokenUser
from .api import Api, api_request
from .stored_fields import load_fields
from .stored_tokens import tokens_of_one_login

_OK = range(200, 300)
_REFUSALS = frozenset({401, 403})


class State(StrEnum):
    """The state of a login."""

    LIVE = "live"
    """The access token is valid: it has not expired and, if it was checked, the server accepted it."""

    EXPIRED = "expired"
    """The access token has expired. If `Status.renewable`, the next call that needs it renews it."""

    REJECTED = "rejected"
    """The server no longer accepts this login: log in again."""

    UNVERIFIED = "unverified"
    """It is not known: the server could not be reached or cannot tell, or an API key was not checked."""

    SIGNED_OUT = "signed_out"
    """The user is not signed in."""


@frozen
class Status:
    """The state of a profile. It contains no secret.

    Attributes:
        profile: the profile's name; empty for an API key in the environment, and if no profile is active.
        state: the state of its login.
        user: the user who is signed in; None if the profile does not say.
        organization: the id of the organization; empty if the profile does not say.
        expires_at: when the access token expires (UTC); None if it is not known.
        renewable: whether there is a refresh token.
        store: the name of the store that has the tokens, or that the next login would use.
        store_reason: why this store was chosen, in half a sentence.
        base_url: the URL of the API, or the issuer, that the login belongs to.
        auth_type: `oauth`, `api_key`, or empty if the user never signed in.
    """

    profile: str
    state: State
    user: TokenUser | None
    organization: str
    expires_at: datetime | None
    renewable: bool
    store: str
    store_reason: str
    base_url: str
    auth_type: str


@frozen
class StatusReport:
    """Determines the status of an account."""

    api: Api
    clock: Clock

    async def run(self, account: Account, *, check: bool) -> Status:
        """Returns the status.

        Args:
            account: the account.
            check: whether to ask the server; an expired token is renewed for that.

        Raises:
            StoreError: the store could not be read, which is not the same as signed out.
            PromptVMAuthError: a renewed token could not be stored.
        """
        if account.credential.key is not None:
            status = _of_key(account)
        else:
            status = await self._of_login(account)
        if not check or status.state is State.SIGNED_OUT:
            return status
        state = await self._ask(account)
        if account.credential.key is None and state is State.LIVE:
            status = await self._of_login(account)  # the check may have renewed it
        return evolve(status, state=state)

    async def of_nobody(self, secrets: AwaitedSecretStore, base_url: str) -> Status:
        """Returns the status if no profile is active, since the active one was signed out or removed.

        Args:
            secrets: the store of the client's next login.
            base_url: the server of that login.

        Raises:
            StoreError: the store could not be read.
        """
        place = await secrets.location(DEFAULT_PROFILE)
        return Status(
            profile="",
            state=State.SIGNED_OUT,
            user=None,
            organization="",
            expires_at=None,
            renewable=False,
            store=place.store,
            store_reason=place.reason,
            base_url=base_url,
            auth_type="",
        )

    async def _of_login(self, account: Account) -> Status:
        fields = await load_fields(account.secrets, account.name)
        tokens = tokens_of_one_login(fields) if fields and fields.get("access_token") else None
        place = await account.secrets.location(account.name)
        profile = account.profile
        return Status(
            profile=account.name,
            state=self._state(tokens),
            user=_user_of(profile, fields) if tokens and fields else None,
            organization=profile.organization if tokens else "",
            expires_at=tokens.expires_at if tokens else None,
            renewable=tokens is not None and tokens.refresh_token is not None,
            store=place.store,
            store_reason=place.reason,
            base_url=account.base_url,
            auth_type=profile.auth_type,
        )

    def _state(self, tokens: StoredTokens | None) -> State:
        if tokens is None:
            return State.SIGNED_OUT
        expired = tokens.expires_at is not None and self.clock.now() >= tokens.expires_at.timestamp()
        return State.EXPIRED if expired else State.LIVE

    async def _ask(self, account: Account) -> State:
        """Returns whether the server still accepts the token, by a request to the userinfo endpoint."""
        try:
            url = (await account.server()).userinfo_endpoint
            if url is None:
                return State.UNVERIFIED
            response, _ = await self.api.call(account, lambda token: api_request("GET", url, account, token))
        except (RefreshRejected, NoRefreshToken, NoTokensError):
            return State.REJECTED
        except (TransportError, ServerUnavailable):
            return State.UNVERIFIED
        if is_from_gateway(response):
            return State.UNVERIFIED
        if response.status in _OK:
            return State.LIVE
        return State.REJECTED if response.status in _REFUSALS else State.UNVERIFIED


def _of_key(account: Account) -> Status:
    return Status(
        profile=account.name,
        state=State.UNVERIFIED,
        user=None,
        organization="",
        expires_at=None,
        renewable=False,
        store="profile" if account.name else "environment",
        store_reason="it is an API key",
        base_url=account.base_url,
        auth_type="api_key",
    )


def _user_of(profile: Profile, fields: StoredFields) -> TokenUser | None:
    """Returns the user of stored tokens: whom they are bound to, else whom the profile names."""
    binding = Binding.read(fields)
    if binding is not None and binding.user_id and binding.user_id != profile.user_id:
        return TokenUser(binding.user_id, "")
    return TokenUser(profile.user_id, profile.user_email) if profile.user else None
