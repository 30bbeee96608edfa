"""The single steps of the flows, for callers who sequence them on their own, as the Go package lets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..adapters.system.device_name import default_device_name
from ..domain.errors import NoTokensError
from ..domain.issuer_binding import binding
from ..domain.oauth.authorization import code_request
from ..domain.oauth.device import Polling
from ..domain.oauth.device_response import DEFAULT_INTERVAL, DeviceCodeResponse
from ..domain.oauth.token_response import parse_token_response
from ..domain.profile import OAUTH, check_name, named_or_active
from ..domain.tokens import StoredTokens
from ..domain.use_cases.device_login import DeviceLogin
from ..domain.use_cases.record_login import LOCK_TIMEOUT
from ..domain.use_cases.refresh import parse_refresh_response, refresh_request
from ..ports.secret import Secret
from ..ports.secrets import StoredFields

if TYPE_CHECKING:
    from ..domain.oauth.server import AuthorizationServer
    from ..domain.tokens import TokenResponse
    from .core import Core


class Steps:
    """Single steps of one client. Those of the flows persist nothing."""

    def __init__(self, core: Core) -> None:
        """Take what the client's use cases share."""
        self._core = core

    async def request_device_code(self, device_name: str | None) -> DeviceCodeResponse:
        """Ask for a device code."""
        shown = device_name or default_device_name(self._core.ports.configuration.environ)
        return await self._device_login().issue(await self._server(), shown)

    async def poll_device_token(
        self, device_code: str | Secret, *, interval: float, expires_in: float
    ) -> TokenResponse:
        """Poll until the login is decided."""
        pause = interval if interval > 0 else DEFAULT_INTERVAL
        issued = DeviceCodeResponse(Secret(device_code), "", "", expires_in=expires_in, interval=pause)
        clock = self._core.ports.clock
        polling = Polling.start(await self._server(), issued, expires_in, clock.now(), clock.monotonic())
        return await self._device_login().poll(polling, "")

    async def exchange_code(self, code: str | Secret, verifier: str | Secret, redirect_uri: str) -> TokenResponse:
        """Exchange a code whose state the caller has compared."""
        ports = self._core.ports
        secrets = Secret(code), Secret(verifier)
        response = await ports.http.send(code_request(await self._server(), *secrets, redirect_uri))
        return parse_token_response(response, ports.clock.now(), *secrets)

    async def refresh_token(self, refresh_token: str | Secret) -> TokenResponse:
        """Exchange a refresh token."""
        ports, secret = self._core.ports, Secret(refresh_token)
        response = await ports.http.send(refresh_request(await self._server(), secret))
        return parse_refresh_response(response, ports.clock.now(), secret)

    async def save_tokens(self, profile: str, tokens: StoredTokens) -> None:
        """Store the tokens of a profile."""
        ports = self._core.ports
        async with ports.lock.hold(check_name(profile), timeout=LOCK_TIMEOUT):
            bound = await self._binding(profile)
            await ports.secrets.place(profile, StoredFields(tokens.to_fields() | bound))
        self._core.access.forget()

    async def load_tokens(self, profile: str | None) -> StoredTokens:
        """Give the stored tokens of a profile."""
        ports = self._core.ports
        name = await named_or_active(ports.profiles, profile, ports.configuration.issuer)
        fields = await ports.secrets.load(name)
        if not fields or not fields.get("access_token"):
            raise NoTokensError(name)
        return StoredTokens.from_fields(fields)

    async def delete_tokens(self, profile: str) -> None:
        """Remove the stored tokens of a profile."""
        ports = self._core.ports
        async with ports.lock.hold(check_name(profile), timeout=LOCK_TIMEOUT):
            await ports.secrets.delete(profile)
        self._core.access.forget()

    async def _binding(self, profile: str) -> dict[str, str]:
        """Give what binds tokens to the profile's server; a profile that is not there yet belongs to the client's."""
        ports = self._core.ports
        recorded = await ports.profiles.load(profile)
        issuer, client_id = ports.configuration.issuer, ports.configuration.client_id
        if recorded is None and issuer is not None:
            recorded = StoredFields(
                {"name": profile, "base_url": issuer, "environment": "live", "auth_type": OAUTH, "issuer": issuer}
                | {"client_id": client_id or ""}
            )
            await ports.profiles.save(profile, recorded)
        if recorded is None or not recorded.get("issuer"):
            return {}
        return binding(recorded["issuer"], recorded.get("client_id", ""))

    def _device_login(self) -> DeviceLogin:
        ports = self._core.ports
        return DeviceLogin(ports.http, ports.clock, ports.emit)

    async def _server(self) -> AuthorizationServer:
        _, server = await self._core.target(None)
        return server
