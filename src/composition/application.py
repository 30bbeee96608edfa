"""The use cases, bound to the ports of one client. Both faces call these methods; modules are loaded when needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..domain.access import Access, Held
from ..domain.profile import DEFAULT_BASE_URL, Credential, named_or_active, of_profile, resolve
from ..ports.secrets import StoredFields

if TYPE_CHECKING:
    from ..domain.login import LoginResult
    from ..domain.logout import LogoutResult
    from ..domain.refresh import Refresh
    from ..domain.secret import Secret
    from ..domain.server import AuthorizationServer
    from ..domain.status import Status
    from .wiring import Wiring


class Application:
    """One client's use cases."""

    def __init__(self, wiring: Wiring) -> None:
        """Take the ports."""
        self._ports = wiring
        self._held: dict[str | None, Held] = {}

    async def close(self) -> None:
        """Let work under way come to its end and release connections."""
        await self._ports.close()

    async def access_token(self, profile: str | None) -> str:
        """Give a fresh access token, or the key of an API-key profile."""
        return (await self._access.token(profile)).reveal()

    async def refresh(self, profile: str | None) -> str:
        """Renew the token of a profile now, and give it."""
        credential = await self._login_credential(profile)
        held = await self._refresh.do(credential, self._server(credential.base_url), force=True)
        self._access.forget()
        return held.token.reveal()

    async def login(
        self, profile: str | None, *, flow: str, timeout: float, device_name: str | None, open_browser: bool
    ) -> LoginResult:
        """Sign a person in."""
        import sys

        from ..domain.browser_login import BrowserLogin
        from ..domain.device_login import DeviceLogin
        from ..domain.errors import NothingToShowCode
        from ..domain.login import Keeper, Login
        from ..domain.plan import DEVICE, plan_login
        from .device_name import default_device_name

        ports = self._ports
        name = await named_or_active(ports.profiles, profile)
        recorded = await ports.profiles.load(name) or StoredFields()
        base_url = ports.configuration.chosen_base_url() or recorded.get("base_url") or DEFAULT_BASE_URL
        server = self._server(base_url)
        plan = plan_login(flow, ports.configuration.environ, sys.platform)
        if plan.flow == DEVICE and not ports.has_audience:
            raise NothingToShowCode("a device login shows a code: give on_event, or run where stderr is a terminal")
        use_case = Login(
            BrowserLogin(ports.http, ports.clock, ports.entropy, ports.browser, ports.callback, ports.emit),
            DeviceLogin(ports.http, ports.clock, ports.emit),
            Keeper(ports.secrets, ports.profiles, ports.lock),
            ports.emit,
        )
        shown_name = device_name or default_device_name(ports.configuration.environ)
        result = await use_case.do(
            server, name, plan, device_name=shown_name, timeout=timeout, open_browser=open_browser
        )
        self._access.forget()
        return result

    async def logout(self, profile: str | None, *, revoke: bool) -> LogoutResult:
        """Sign a person out."""
        from ..domain.logout import Logout

        ports = self._ports
        credential = await self._login_credential(profile)
        use_case = Logout(ports.http, ports.secrets, ports.profiles, ports.lock, self._access.token, ports.emit)
        try:
            return await use_case.do(credential, self._server(credential.base_url), revoke=revoke)
        finally:
            self._access.forget()

    async def status(self, profile: str | None, *, check: bool) -> Status:
        """Say how a profile stands."""
        from ..domain.status import StatusReport

        ports = self._ports
        credential = await resolve(ports.profiles, ports.configuration, profile)
        use_case = StatusReport(ports.http, ports.clock, ports.secrets, self._access.token, self._access.replace)
        return await use_case.do(credential, self._server(credential.base_url), check=check)

    @cached_property
    def _access(self) -> Access:
        ports = self._ports
        return Access(
            clock=ports.clock,
            profiles=ports.profiles,
            secrets=ports.secrets,
            renew=self._renew,
            configuration=ports.configuration,
            policy=ports.given.policy,
            held=self._held,
        )

    @cached_property
    def _refresh(self) -> Refresh:
        from ..domain.refresh import Refresh

        ports = self._ports
        return Refresh(
            ports.http,
            ports.clock,
            ports.entropy,
            ports.secrets,
            ports.profiles,
            ports.lock,
            ports.flight,
            ports.emit,
            ports.given.policy,
        )

    async def _renew(self, credential: Credential, *, refused: Secret | None = None) -> Held:
        return await self._refresh.do(credential, self._server(credential.base_url), refused=refused)

    async def _login_credential(self, profile: str | None) -> Credential:
        """Give the credential of a stored profile, whatever keys the environment holds."""
        ports = self._ports
        name = await named_or_active(ports.profiles, profile)
        return of_profile(name, await ports.profiles.load(name) or StoredFields(), ports.configuration)

    def _server(self, base_url: str) -> AuthorizationServer:
        if self._ports.given.server is not None:
            return self._ports.given.server
        from ..domain.server import AuthorizationServer

        return AuthorizationServer.promptvm(base_url, self._ports.configuration.chosen_app_url())
