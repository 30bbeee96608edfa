"""Signing in and out, and how a profile stands: the use cases, bound to the ports of one client."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ..adapters.system.device_name import default_device_name
from ..domain.errors import ConfigurationError, PromptVMAuthError, ServerUnavailable, TransportError
from ..domain.use_cases.logout import Logout
from ..domain.use_cases.record_login import Keeper
from ..domain.use_cases.status import StatusReport
from ..domain.use_cases.web_login import WebLogin
from .asking import NOTHING_MORE, Asking
from .login_choice import LoginChoice

if TYPE_CHECKING:
    from ..domain.oauth.pending_login import PendingLogin
    from ..domain.oauth.server import AuthorizationServer
    from ..domain.profile import Credential
    from ..domain.use_cases.logout import LogoutResult
    from ..domain.use_cases.record_login import LoginResult
    from ..domain.use_cases.status import Status
    from ..ports.secret import Secret
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
        asking: Asking = NOTHING_MORE,
    ) -> LoginResult:
        """Sign a person in."""
        name, server = await self._core.target(profile)
        chosen = LoginChoice(self._core.ports, self._keeper, asking.of(server), name)
        result = await chosen.do(
            flow,
            timeout=timeout,
            device_name=self._device_name(device_name),
            open_browser=open_browser,
            remember=remember,
        )
        self._core.access.forget()
        return result

    async def begin(
        self, profile: str | None, *, redirect_uri: str, device_name: str | None, asking: Asking = NOTHING_MORE
    ) -> PendingLogin:
        """Begin a login whose redirect the front end receives itself."""
        name, server = await self._core.target(profile)
        server = asking.of(server)
        return self._web_login().begin(server, name, redirect_uri, self._device_name(device_name))

    async def finish(self, pending: PendingLogin, callback_url: str) -> LoginResult:
        """Finish such a login."""
        server = await self._core.servers.begun_with(pending.profile, pending.base_url)
        result = await self._web_login().finish(pending, callback_url, server)
        self._core.access.forget()
        return result

    async def logout(self, profile: str | None, *, revoke: bool) -> LogoutResult:
        """Sign a person out."""
        core, ports = self._core, self._core.ports
        credential = await core.login_of(profile)
        use_case = Logout(core.api, ports.secrets, ports.profiles, ports.lock, ports.emit)
        server: AuthorizationServer | PromptVMAuthError = ConfigurationError("it was not asked for")
        if revoke:
            try:
                server = await core.server_of(credential)
            except PromptVMAuthError as error:
                server = error
        try:
            return await use_case.do(credential, server, revoke=revoke)
        finally:
            core.access.forget()

    async def status(self, profile: str | None, *, check: bool) -> Status:
        """Say how a profile stands."""
        core = self._core
        credential = await core.credential(profile)
        use_case = StatusReport(core.api, core.ports.clock, core.ports.secrets)
        server = await self._reached(credential) if check else None
        return await use_case.do(credential, server, check=check)

    async def _reached(self, credential: Credential) -> AuthorizationServer | None:
        try:
            return await self._core.server_of(credential)
        except (TransportError, ServerUnavailable):
            return None

    def _web_login(self) -> WebLogin:
        ports = self._core.ports
        return WebLogin(ports.http, ports.clock, ports.entropy, self._keeper, ports.emit, self._used)

    def _device_name(self, given: str | None) -> str:
        return given or default_device_name(self._core.ports.configuration.environ)
