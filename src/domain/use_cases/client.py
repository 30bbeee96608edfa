"""The asynchronous use cases of one client. Both client classes delegate here; use cases are imported on first use."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from ..errors import NoActiveProfile
from .access import Access, TokenMemory
from .resolver import Resolver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ...ports.events import Event
    from ...ports.secret import Secret
    from ..oauth.server import AuthorizationServer
    from ..oauth.sessions import Session
    from .api import Api
    from .client_ports import LoginPorts, OnlinePorts, PortFactory, StoredPorts
    from .login_request import LoginRequest
    from .login_result import LoginResult
    from .logout import Logout, LogoutResult
    from .pending_login import PendingLogin
    from .profiles import Profiles, ProfileSummary
    from .refresh import Refresh
    from .signing import Signing
    from .status import Status
    from .token_details import TokenDetails
    from .token_steps import TokenSteps
    from .web_login import WebLogin
    from .wipe import WipeResult

T = TypeVar("T")


class Client:
    """The use cases of one client."""

    def __init__(self, stored: StoredPorts, factory: PortFactory, memory: TokenMemory | None = None) -> None:
        """Builds a client.

        Args:
            stored: the ports for reading stored tokens.
            factory: builds the other ports on demand.
            memory: the access tokens in memory, to share them with the client's blocking or asynchronous twin.
        """
        self.stored = stored
        self.memory: TokenMemory = {} if memory is None else memory
        self.resolver = Resolver(stored, factory, lambda: self.online)
        self.access = Access(stored, self.resolver, self.memory, lambda: self._refresh)
        self._factory = factory
        self._making = Lock()  # what is one of its kind is made once, however many threads ask first
        self._online: OnlinePorts | None = None
        self._made_refresh: Refresh | None = None
        self._made_web_login: WebLogin | None = None

    def named(self, profile: str | None) -> str | None:
        """Returns the profile of a call that may name none; raises if the client has no default profile."""
        return self.resolver.named(profile)

    async def access_token(self, profile: str | None) -> str:
        """Returns a fresh access token, or the API key of an API-key profile."""
        return (await self.access.token(profile)).reveal()

    async def token_details(self, profile: str | None, least: float) -> TokenDetails:
        """Returns the token of a profile with what another program needs to use it."""
        from .token_details import token_details

        return await token_details(self.access, self.resolver, self.stored.clock, self.named(profile), least)

    async def refresh(self, profile: str | None) -> str:
        """Renews the token of a stored profile now and returns it."""
        return (await self.access.forced(profile)).reveal()

    async def with_auto_refresh(self, profile: str | None, call: Callable[[str], Awaitable[T]]) -> T:
        """Calls a function with a token; after a 401 renews the token and calls once more."""
        from .auto_refresh import Renewal, call_with_renewal

        access, profile = self.access, self.named(profile)

        async def replace(refused: Secret) -> Secret:
            return await access.replace_for(profile, refused)

        renewal = Renewal(await access.token(profile), replace)
        return (await call_with_renewal(renewal, lambda token: call(token.reveal())))[0]

    async def login(self, request: LoginRequest) -> LoginResult:
        """Signs the user in on this machine."""
        from .login import LoginFlow

        account = await self.resolver.for_login(request.profile)
        online, ports = self.login_ports
        flow = LoginFlow(self.stored, online, ports, account, self.access.forget)
        try:
            with ports.running.add(account.name, request.cancellation) as cancellation:
                return await flow.run(request._replace(cancellation=cancellation))
        finally:
            self.access.forget(account.name)

    def cancel(self) -> None:
        """Ends the logins that wait for their user."""
        self._factory.running_logins().cancel()

    async def begin_login(self, request: LoginRequest, redirect_uri: str) -> PendingLogin:
        """Begins a login whose redirect the front end receives itself."""
        account = await self.resolver.for_login(request.profile)
        await self._web_login.recorder.rehearse(account)
        server = request.of(await account.server())
        device_name = request.device_name or self.online.device_name()
        return self._web_login.begin(server, account.name, redirect_uri, device_name)

    async def finish_login(self, pending: PendingLogin, callback_url: str) -> LoginResult:
        """Finishes a login that `begin_login` began."""
        from .web_login import account_of

        account = await account_of(pending, self.resolver, self.stored.configuration)
        try:
            return await self._web_login.finish(pending, callback_url, account)
        finally:
            self.access.forget(account.name)

    async def logout(self, profile: str | None, *, revoke: bool) -> LogoutResult:
        """Signs the user out."""
        account = await self.resolver.stored(profile)
        try:
            return await self._logout.run(account, revoke=revoke)
        finally:
            self.access.forget(account.name)

    async def logout_all(self, *, revoke: bool) -> tuple[LogoutResult, ...]:
        """Signs the user out of every profile."""
        try:
            return await self._profiles.logout_all(revoke=revoke)
        finally:
            self.memory.clear()

    async def wipe(self, *, revoke: bool) -> WipeResult:
        """Removes every login and all files of this package."""
        from .wipe import Wipe

        wipe = Wipe.of_ports(self.stored, self._factory, self.resolver, self._logout)
        try:
            return await wipe.run(revoke=revoke)
        finally:
            self.memory.clear()

    async def status(self, profile: str | None, *, check: bool) -> Status:
        """Returns the status of an account."""
        from .status import StatusReport

        report = StatusReport(self._api, self.stored.clock)
        try:
            account = await self.resolver.account(profile)
        except NoActiveProfile:
            return await report.of_nobody(*self.resolver.next_login())
        return await report.run(account, check=check)

    async def sessions(self, profile: str | None) -> tuple[Session, ...]:
        """Returns the user's sessions."""
        from .sessions import Sessions

        listed, _ = await Sessions(self._api).list(await self.resolver.account(profile))
        return listed

    async def revoke_session(self, session_id: str, profile: str | None) -> None:
        """Ends a session."""
        from .sessions import Sessions

        await Sessions(self._api).end(await self.resolver.account(profile), session_id)

    async def list_profiles(self) -> tuple[ProfileSummary, ...]:
        """Returns all profiles."""
        return await self._profiles.summaries()

    async def use_profile(self, name: str) -> None:
        """Makes a profile the active one."""
        await self._profiles.use(name)
        self.access.forget(name)

    async def remove_profile(self, name: str, *, revoke: bool) -> LogoutResult:
        """Removes a profile and its tokens."""
        try:
            return await self._profiles.remove(name, revoke=revoke)
        finally:
            self.access.forget(name)

    async def discover(self, issuer: str | None) -> AuthorizationServer:
        """Discovers the endpoints of a standard server."""
        return await self.resolver.servers.discover(issuer)

    def signing(self, profile: str | None, origins: frozenset[str]) -> Signing:
        """Returns a signer of requests.

        Args:
            profile: the profile's name; None means the credentials of the environment, else the active profile.
            origins: further origins, checked, that get the token.
        """
        from .signing import Signing

        def emit(event: Event) -> None:
            self.online.emit(event)  # late: signing alone needs no online ports

        return Signing(self.access, self.resolver, emit, profile=profile, origins=origins)

    async def close(self) -> None:
        """Ends waiting logins, waits for running work and closes connections."""
        await self._factory.close()

    @property
    def online(self) -> OnlinePorts:
        """The ports for requests to a server."""
        if self._online is None:
            self._online = self._factory.online()
        return self._online

    @property
    def login_ports(self) -> tuple[OnlinePorts, LoginPorts]:
        """The ports for a login on this machine."""
        self._online, ports = self._factory.login()
        return self._online, ports

    @property
    def steps(self) -> TokenSteps:
        """The single steps of the flows."""
        from .token_steps import TokenSteps

        running = self._factory.running_logins()
        return TokenSteps(self.stored, self.online, self.resolver, self.access.forget, running)

    @property
    def _refresh(self) -> Refresh:
        with self._making:
            if self._made_refresh is None:
                from .refresh import Refresh

                self._made_refresh = Refresh.of_ports(self.stored, self.online)
            return self._made_refresh

    @property
    def _api(self) -> Api:
        from .api import Api

        return Api(self.online.http, self.access)

    @property
    def _profiles(self) -> Profiles:
        from .profiles import Profiles

        return Profiles(self.stored.configuration, self.stored.profiles, self.resolver, self._logout)

    @property
    def _logout(self) -> Logout:
        from .logout import Logout

        return Logout.of_ports(self.stored, self.online, self.access.forget)

    @property
    def _web_login(self) -> WebLogin:
        with self._making:
            if self._made_web_login is None:
                from .record_login import LoginRecorder
                from .web_login import FinishedLogins, WebLogin

                stored, online = self.stored, self.online
                recorder = LoginRecorder.of_ports(stored, online, self.access.forget)
                self._made_web_login = WebLogin(online.http, stored.clock, online.entropy, recorder, FinishedLogins())
            return self._made_web_login
