"""Signing in and out, and how a profile stands: the use cases, bound to the ports of one client."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ..domain.login import Keeper
from ..domain.logout import Logout
from ..domain.status import StatusReport
from ..domain.web_login import WebLogin
from .device_name import default_device_name
from .login_choice import LoginChoice

if TYPE_CHECKING:
    from ..domain.login import LoginResult
    from ..domain.logout import LogoutResult
    from ..domain.pending import PendingLogin
    from ..domain.secret import Secret
    from ..domain.status import Status
    from .core import Core

_REMEMBERED = 1000  # finished logins that a client knows it must not finish again


class Logins:
    """Logins of one client."""

    def __init__(self, core: Core) -> None:
        """Take what the client's use cases share."""
        ports = core.ports
        self._core = core
        self._used: deque[Secret] = deque(maxlen=_REMEMBERED)
        self._keeper = Keeper(ports.secrets, ports.profiles, ports.lock)

    async def login(
        self,
        profile: str | None,
        *,
        flow: str,
        timeout: float,
        device_name: str | None,
        open_browser: bool,
        remember: bool,
    ) -> LoginResult:
        """Sign a person in."""
        name, server = await self._core.target(profile)
        result = await LoginChoice(self._core.ports, self._keeper, server, name).do(
            flow,
            timeout=timeout,
            device_name=self._device_name(device_name),
            open_browser=open_browser,
            remember=remember,
        )
        self._core.access.forget()
        return result

    async def begin(self, profile: str | None, *, redirect_uri: str, device_name: str | None) -> PendingLogin:
        """Begin a login whose redirect the front end receives itself."""
        name, server = await self._core.target(profile)
        return self._web_login().begin(server, name, redirect_uri, self._device_name(device_name))

    async def finish(self, pending: PendingLogin, callback_url: str) -> LoginResult:
        """Finish such a login."""
        server = self._core.server(self._core.ports.configuration.chosen_base_url() or pending.base_url)
        result = await self._web_login().finish(pending, callback_url, server)
        self._core.access.forget()
        return result

    async def logout(self, profile: str | None, *, revoke: bool) -> LogoutResult:
        """Sign a person out."""
        core, ports = self._core, self._core.ports
        credential = await core.login_of(profile)
        use_case = Logout(core.api, ports.secrets, ports.profiles, ports.lock, ports.emit)
        try:
            return await use_case.do(credential, core.server(credential.base_url), revoke=revoke)
        finally:
            core.access.forget()

    async def status(self, profile: str | None, *, check: bool) -> Status:
        """Say how a profile stands."""
        core = self._core
        credential = await core.credential(profile)
        use_case = StatusReport(core.api, core.ports.clock, core.ports.secrets)
        return await use_case.do(credential, core.server(credential.base_url), check=check)

    def _web_login(self) -> WebLogin:
        ports = self._core.ports
        return WebLogin(ports.http, ports.clock, ports.entropy, self._keeper, ports.emit, self._used)

    def _device_name(self, given: str | None) -> str:
        return given or default_device_name(self._core.ports.configuration.environ)
