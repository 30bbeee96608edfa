"""The end of a login: exchanges the code, saves its tokens, then its profile, and makes the profile the active one."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode

from attrs import frozen

from ...ports.clock import Clock
from ...ports.events import InterruptDelayed, Listener, LoggedIn, ProblemNoticed
from ...ports.http import Http, HttpRequest
from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore, Users
from ...ports.rfc3339 import format_time
from ...ports.secret import Secret
from ...ports.secrets import Placement, StoredFields
from ...ports.single_flight import SingleFlight, Work
from ..account import Account
from ..binding import Binding, binding_of
from ..errors import ProfileError, StoreError, TokensNotSaved, reason_of
from ..freshness import RefreshPolicy
from ..oauth.server import AuthorizationServer
from ..oauth.token_endpoint import parse_token_response
from ..plan import DEVICE
from ..profile import Profile, load_profile, save_profile
from ..tokens import UNUSABLE_REFRESH, StoredTokens, TokenResponse
from .after_login import AfterLogin, make_active
from .client_ports import OnlinePorts, StoredPorts
from .login_result import LoginResult
from .replaced_session import NewLogin

T = TypeVar("T")


_SAMPLE = StoredFields((name, "sample") for name in ("access_token", "refresh_token"))
"""Fields like those of a login, to try a store with."""


@frozen
class Login:
    """One login before it is recorded.

    Attributes:
        account: the account to log in to, with the store for its tokens.
        server: the server, with the options of this login.
        flow: `browser`, `device` or `paste`.
    """

    account: Account
    server: AuthorizationServer
    flow: str

    @property
    def asked_scope(self) -> str:
        """The requested scope; empty if the choice was left to the server, as in PromptVM's device request."""
        return self.server.scope if self.flow != DEVICE or self.server.speaks_form else ""


class _Replaced(NamedTuple):
    """Where the tokens of a login are, and what they replaced: stored fields or None, and the profile."""

    placement: Placement
    fields: StoredFields | None
    profile: Profile


@frozen
class LoginRecorder:
    """Stores the profile and tokens of a login, in an order that never mixes two logins."""

    clock: Clock
    profiles: AwaitedProfileStore
    lock: Lock
    single_flight: SingleFlight
    emit: Listener
    policy: RefreshPolicy
    users: Users
    after: AfterLogin
    forget: Callable[[str], object]

    @classmethod
    def of_ports(cls, ports: StoredPorts, online: OnlinePorts, forget: Callable[[str], object]) -> "LoginRecorder":
        """Returns the recorder of one client.

        Args:
            ports: the ports of the client.
            online: its ports for requests.
            forget: removes the tokens of a profile from memory.
        """
        users, flight = ports.configuration.users, online.single_flight
        after = AfterLogin.of_ports(ports, online)
        return cls(ports.clock, ports.profiles, online.lock, flight, online.emit, ports.policy, users, after, forget)

    async def rehearse(self, account: Account) -> None:
        """Checks that the tokens of a login could be stored, before the user is asked to sign in.

        Raises:
            StoreError: no store would take them.
            LockTimeout, LockUnavailable: the lock could not be taken.
        """
        await account.secrets.rehearse(account.name, _SAMPLE)  # first: a store that fails leaves nothing behind
        async with self.lock.hold(account.name, timeout=self.policy.lock_timeout):
            pass

    async def finish(self, name: str, work: Work[T]) -> T:
        """Runs a token request and the `record` of its answer to their end; an interrupt takes effect only afterwards.

        Args:
            name: the profile's name, for events.
            work: sends the request; what it raises is raised. `TokensNotSaved` is raised instead of the interrupt.
        """

        def delayed(seconds: float) -> None:
            self.emit(InterruptDelayed(name, "the login", seconds))

        unsaved: list[TokensNotSaved] = []

        async def noted() -> T:
            try:
                return await work()
            except TokensNotSaved as error:
                unsaved.append(error)
                raise

        try:
            return await self.single_flight.uninterrupted(noted, delayed)
        except ProfileError:  # the tokens may be stored, and have replaced others
            await self.after.run(name)
            raise
        except TokensNotSaved:
            raise
        except BaseException:
            if not unsaved:
                raise
            raise unsaved[0] from unsaved[0].__cause__  # it carries the only copy of the tokens

    async def record(self, login: Login, granted: TokenResponse) -> LoginResult:
        """Stores profile and tokens, makes the profile the active one if the client has one, and tells the listener.

        Args:
            login: the login.
            granted: the tokens that the server granted.

        Raises:
            TokensNotSaved: the tokens are not stored, whatever the cause; the error carries them.
            ProfileError: the tokens are stored, but the profile could not be made the active one.
        """
        name = login.account.name
        try:
            async with self.lock.hold(name, timeout=self.policy.lock_timeout):
                replaced = await self._replace(login, granted)
                self.forget(name)  # now, since what follows may take seconds
        except Exception as error:
            # The code is spent, so this error carries the only copy of the tokens, whatever the cause.
            raise TokensNotSaved(
                f"the login succeeded but its tokens could not be stored: {reason_of(error)}",
                tokens=StoredTokens.granted(granted),
            ) from error
        tokens, earlier = StoredTokens.granted(granted), login.account._replace(profile=replaced.profile)
        self.after.note(NewLogin(earlier, login.server, _profile_of(login, granted), tokens), replaced.fields)
        if self.users is Users.ONE:
            await make_active(name, self.profiles, self.emit)
        result = _result(login, granted, replaced.placement)
        for problem in grant_problems(result, login.asked_scope, unusable=granted.refresh_token_unusable):
            self.emit(ProblemNoticed(name, problem))
        user = result.user.email or result.user.id if result.user else ""
        self.emit(LoggedIn(name, user, result.flow, result.store))
        return result

    async def _replace(self, login: Login, granted: TokenResponse) -> "_Replaced":
        """Saves the tokens, bound to server and user, and then the profile, as the Go tool and a refresh do."""
        account, name = login.account, login.account.name
        newer = _profile_of(login, granted)
        tokens = StoredTokens.granted(granted).to_fields()
        user_id = granted.user.id if granted.user is not None else ""
        earlier, recorded = await _stored(account), await self._recorded(account)
        binding = Binding.granted(login.server, user_id, self._granted_at(granted), granted.expires_in)
        if recorded.is_another_login(newer):
            binding = binding._replace(over=recorded.digest)
        fields = StoredFields(binding.bound(tokens | binding_of(login.server)))
        placement = await account.secrets.place(name, fields)
        try:
            await save_profile(self.profiles, newer)
        except ProfileError:
            await _put_back(account, earlier)
            raise
        return _Replaced(placement, earlier, recorded)

    async def _recorded(self, account: Account) -> Profile:
        """Returns the profile that a login replaces, which may have changed since the login began."""
        try:
            return await load_profile(self.profiles, account.name)
        except (ProfileError, StoreError):  # the login mends it, or its store cannot tell whose it is
            return account.profile

    def _granted_at(self, granted: TokenResponse) -> float:
        """Returns when the answer arrived, in seconds since 1970-01-01 UTC; the save may be later."""
        if granted.expires_at is None or granted.expires_in is None:
            return self.clock.now()
        return granted.expires_at.timestamp() - granted.expires_in


_UNREAD = StoredFields()
"""What a login is about to replace, if that could not be read."""


async def _stored(account: Account) -> StoredFields | None:
    """Returns the fields that a login is about to replace; None if there are none."""
    try:
        return await account.secrets.load(account.name)
    except (StoreError, ProfileError):  # the store `auto` reads the profile, which the login is about to mend
        return _UNREAD


async def _put_back(account: Account, earlier: StoredFields | None) -> None:
    """Restores the tokens that the recorded profile belongs to; what could not be read is left where it is."""
    if earlier is _UNREAD:
        return
    if earlier is None:
        await account.secrets.delete(account.name)
    else:
        await account.secrets.place(account.name, earlier)


async def exchange(http: Http, clock: Clock, request: HttpRequest, *secrets: Secret) -> TokenResponse:
    """Sends a request to the token endpoint and returns the granted tokens.

    Args:
        http: sends the request once; it is not repeated after a failure, since a code can be used only once.
        clock: the clock, for the token's expiry.
        request: the result of `exchange_request` or `code_request`.
        secrets: secrets of the request, which error messages must not repeat.

    Raises:
        OAuthError, InvalidResponse, TransportError: no usable tokens were granted.
    """
    response = await http.send(request)
    return parse_token_response(response, clock.now(), *secrets)


def grant_problems(result: LoginResult, asked: str, *, unusable: bool) -> tuple[str, ...]:
    """Returns problems of a grant to show to the user: more or less scope than requested, or no refresh token.

    Args:
        result: the result of the login.
        asked: the requested scope; empty if the choice was left to the server.
        unusable: whether the server issued a refresh token that no request can carry.
    """
    problems: list[str] = []
    if asked and result.scope is not None:
        wanted, granted = set(asked.split()), set(result.scope.split())
        if wider := sorted(granted - wanted):
            problems.append(f"the server granted more scope than requested: {' '.join(wider)}")
        if narrower := sorted(wanted - granted):
            problems.append(f"the server did not grant all of the requested scope; missing: {' '.join(narrower)}")
    if unusable:
        problems.append(UNUSABLE_REFRESH)
    elif not result.renewable:
        problems.append(
            "the server issued no refresh token, so this login ends when its access token expires; some servers issue "
            "one for the scope offline_access with the prompt consent"
        )
    return tuple(problems)


def _result(login: Login, granted: TokenResponse, placement: Placement) -> LoginResult:
    return LoginResult(
        profile=login.account.name,
        user=granted.user,
        organization=granted.organization,
        expires_at=granted.expires_at,
        flow=login.flow,
        store=placement.store,
        reason=placement.reason,
        renewable=granted.refresh_token is not None,
        scope=granted.scope,
        base_url=login.account.base_url,
    )


def _profile_of(login: Login, granted: TokenResponse) -> Profile:
    """Returns the profile of a new login, in the shape of its server."""
    name, server = login.account.name, login.server
    expires_at = format_time(granted.expires_at.timestamp()) if granted.expires_at else ""
    if server.issuer is not None:
        scope = server.scope if granted.scope is None else granted.scope
        profile = Profile.of_standard_login(name, server.issuer, server.client_id, scope=scope, expires_at=expires_at)
        return profile._replace(
            asked_scope=server.scope,
            prompt=server.prompt,
            authorize_parameters=urlencode(server.authorize_parameters),
            trusted_origins=" ".join(sorted(server.trusted_origins)),
        )
    profile = Profile.of_promptvm_login(name, server.base_url, expires_at=expires_at)
    user, organization = granted.user, granted.organization
    return profile._replace(
        organization=organization.id if organization else "",
        user_id=user.id if user else "",
        user_email=user.email if user else "",
    )
