"""Logging in: which profile, which server, which flow, and keeping what was granted in an order that loses nothing."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from attrs import frozen

from ...ports.events import Listener, LoggedIn, ProblemNoticed
from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ...ports.rfc3339 import format_time
from ...ports.secrets import AwaitedSecretStore, Placement, StoredFields
from ..errors import PromptVMAuthError, TokensNotSaved
from ..issuer_binding import binding_of
from ..oauth.server import AuthorizationServer
from ..plan import DEVICE, Plan
from ..profile import OAUTH
from ..tokens import StoredTokens, TokenOrganization, TokenResponse, TokenUser
from ..url import same_origin
from .browser_login import BrowserLogin
from .device_login import DeviceLogin

LOCK_TIMEOUT = 45.0
"""Seconds to wait for a refresh of the same profile that another process has under way."""


@frozen
class LoginResult:
    """How a login ended well.

    Attributes:
        profile: whose tokens are stored now; it is the active one.
        user: the person, if the server said.
        organization: the organization, if the server said.
        expires_at: when the access token expires, or None.
        flow: `browser`, `device` or `paste`.
        store: the store that took the tokens.
        reason: why that store.
        renewable: whether the server gave a refresh token.
        scope: as granted, or None if the server did not say otherwise than was asked (RFC 6749 §5.1).
    """

    profile: str
    user: TokenUser | None
    organization: TokenOrganization | None
    expires_at: datetime | None
    flow: str
    store: str
    reason: str
    renewable: bool
    scope: str | None = None


@frozen
class Keeper:
    """Keeps what a login granted: old tokens of another person or server away, the profile, the tokens, active."""

    secrets: AwaitedSecretStore
    profiles: AwaitedProfileStore
    lock: Lock

    async def keep(self, server: AuthorizationServer, profile: str, granted: TokenResponse) -> Placement:
        """Store profile and tokens.

        Raises:
            TokensNotSaved: they are not stored, whatever went wrong; the error carries them.
            ProfileError: they are stored, but the profile could not be made the active one.
        """
        try:
            async with self.lock.hold(profile, timeout=LOCK_TIMEOUT):
                placement = await self._replace(server, profile, granted)
        except Exception as error:
            # The code is spent: whatever the cause, only this error still holds what was granted.
            reason = str(error) if isinstance(error, PromptVMAuthError) else f"unexpected {type(error).__name__}"
            raise TokensNotSaved(
                f"the login succeeded but its tokens could not be stored: {reason}",
                tokens=StoredTokens.granted(granted),
            ) from error
        await self.profiles.activate(profile)
        return placement

    async def _replace(self, server: AuthorizationServer, profile: str, granted: TokenResponse) -> Placement:
        recorded = await self.profiles.load(profile) or StoredFields()
        renewed = _profile_fields(server, profile, granted)
        if _moves(recorded, renewed):
            await self.secrets.delete(profile)
        await self.profiles.save(profile, renewed)
        tokens = StoredTokens.granted(granted).to_fields()
        return await self.secrets.place(profile, StoredFields(tokens | binding_of(server)))


@frozen
class Login:
    """The use case: sign a person in to a profile."""

    browser: BrowserLogin
    device: DeviceLogin
    keeper: Keeper
    emit: Listener

    async def do(
        self,
        server: AuthorizationServer,
        profile: str,
        plan: Plan,
        *,
        device_name: str,
        timeout: float,
        open_browser: bool,
    ) -> LoginResult:
        """Run the planned flow and keep its tokens.

        Args:
            server: where to log in.
            profile: a checked name.
            plan: which flow.
            device_name: shown in the person's list of authorised devices.
            timeout: seconds that the person is waited for.
            open_browser: whether to open a browser, or only show its URL.

        Raises:
            PromptVMAuthError: see `BrowserLogin.do`, `DeviceLogin.do` and `Keeper.keep`. Nothing stored is lost.
        """

        async def keep(granted: TokenResponse) -> LoginResult:
            return login_result(profile, plan.flow, granted, await self.keeper.keep(server, profile, granted))

        if plan.flow == DEVICE:
            result = await self.device.do(server, profile, device_name, keep, timeout=timeout)
        else:
            result = await self.browser.do(
                server, profile, device_name, keep, timeout=timeout, open_browser=open_browser
            )
        asked = plan.flow != DEVICE or server.speaks_form  # PromptVM's device request takes no scope
        for problem in grant_problems(result, server.scope if asked else ""):
            self.emit(ProblemNoticed(profile, problem))
        self.emit(logged_in(result))
        return result


def login_result(profile: str, flow: str, granted: TokenResponse, placement: Placement) -> LoginResult:
    """Put together what a caller hears of a login."""
    return LoginResult(
        profile=profile,
        user=granted.user,
        organization=granted.organization,
        expires_at=granted.expires_at,
        flow=flow,
        store=placement.store,
        reason=placement.reason,
        renewable=granted.refresh_token is not None,
        scope=granted.scope,
    )


def grant_problems(result: LoginResult, asked: str) -> tuple[str, ...]:
    """Give what a person should know of a grant: more or less scope than was asked for, or no refresh token.

    Args:
        result: of the login.
        asked: the scope that was asked for; empty if it was left to the server.
    """
    problems: list[str] = []
    if asked and result.scope is not None:
        wanted, granted = set(asked.split()), set(result.scope.split())
        if wider := sorted(granted - wanted):
            problems.append(f"the server granted more than was asked for: {' '.join(wider)}")
        if narrower := sorted(wanted - granted):
            problems.append(f"the server granted less than was asked for: not {' '.join(narrower)}")
    if not result.renewable:
        problems.append(
            "no refresh token was granted, so this login ends with its access token; some servers give one for the "
            "scope offline_access with the prompt consent"
        )
    return tuple(problems)


def logged_in(result: LoginResult) -> LoggedIn:
    """Give the event of a login."""
    user = result.user.email or result.user.id if result.user else ""
    return LoggedIn(result.profile, user, result.flow, result.store)


def _profile_fields(server: AuthorizationServer, profile: str, granted: TokenResponse) -> StoredFields:
    user, organization = granted.user, granted.organization
    if server.issuer is not None:
        return StoredFields(
            {
                "name": profile,
                "base_url": server.base_url,
                "environment": "live",
                "auth_type": OAUTH,
                "expires_at": format_time(granted.expires_at.timestamp()) if granted.expires_at else "",
                "issuer": server.issuer,
                "client_id": server.client_id,
                "scope": server.scope if granted.scope is None else granted.scope,
            }
        )
    return StoredFields(
        {
            "name": profile,
            "base_url": server.base_url,
            "environment": "staging" if "staging" in (urlsplit(server.base_url).hostname or "") else "live",
            "organization": organization.id if organization else "",
            "auth_type": OAUTH,
            "token_ref": f"promptvm-cli:{profile}",
            "expires_at": format_time(granted.expires_at.timestamp()) if granted.expires_at else "",
            "user_id": user.id if user else "",
            "user_email": user.email if user else "",
        }
    )


def _moves(recorded: Mapping[str, str], renewed: Mapping[str, str]) -> bool:
    """Say whether a login changes server or person, so that a mix of old and new tokens must be impossible."""
    if not recorded:
        return False
    if any(recorded.get(name, "") != renewed.get(name, "") for name in ("issuer", "client_id")):
        return True
    other_server = not same_origin(recorded.get("base_url") or renewed["base_url"], renewed["base_url"])
    return other_server or recorded.get("user_id", "") != renewed.get("user_id", "")
