"""The device grant's two exchanges: asking for a code, and polling until it is decided (RFC 8628 §3.1, §3.4, §3.5)."""

from attrs import evolve, frozen

from ...ports.clock import Clock
from ...ports.events import Listener, PollingSlowed, Retrying
from ...ports.http import Http
from ..errors import DeviceCodeExpired, TransportError
from ..oauth.device import Polling, device_request
from ..oauth.device_response import DeviceCodeResponse, parse_device_response
from ..oauth.server import AuthorizationServer
from ..tokens import TokenResponse


@frozen
class DeviceGrant:
    """Asks for device codes and polls them; stores nothing."""

    http: Http
    clock: Clock
    emit: Listener

    async def issue(self, server: AuthorizationServer, device_name: str | None) -> DeviceCodeResponse:
        """Asks for a device code (RFC 8628 §3.1).

        Raises:
            TransportError, OAuthError, InvalidResponse: no code was issued.
        """
        issued = parse_device_response(await self.http.send(device_request(server, device_name)))
        if issued.openable and not server.is_own_host(issued.verification_uri):
            return evolve(issued, openable=False, verification_uri_complete=None)
        return issued

    async def poll(self, polling: Polling, profile: str) -> TokenResponse:
        """Polls until the login is decided, one request at a time (RFC 8628 §3.5).

        Raises:
            OAuthError, TransportError, InvalidResponse: the login ended without tokens; see `Polling.process`.
        """
        while True:
            await self.clock.sleep(polling.delay(self.clock.now(), self.clock.monotonic()))
            if not polling.alive(self.clock.now(), self.clock.monotonic()):
                raise DeviceCodeExpired("expired_token", "the code expired while this machine slept; start again")
            try:
                response = await self.http.send(polling.request())
            except TransportError as error:
                polling = polling.transport_failed(error)
                self.emit(Retrying(profile, str(error), polling.backoff))
                continue
            decided = polling.process(response, self.clock.now())
            if isinstance(decided, TokenResponse):
                return decided
            self._report(profile, polling, decided)
            polling = decided

    def _report(self, profile: str, before: Polling, after: Polling) -> None:
        if after.interval > before.interval:
            self.emit(PollingSlowed(profile, after.interval))
        elif after.backoff > before.backoff:
            self.emit(Retrying(profile, "the server is busy", after.backoff))
