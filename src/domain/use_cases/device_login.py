"""The device flow, in order: ask for a code, show it, poll until it is decided, keep the tokens (RFC 8628)."""

from attrs import evolve, frozen

from ...ports.clock import Clock
from ...ports.events import DeviceCodeIssued, Listener, PollingSlowed, Retrying, Waiting
from ...ports.http import Http
from ..errors import DeviceCodeExpired, TransportError
from ..oauth.device import Polling, device_request
from ..oauth.device_response import DeviceCodeResponse, parse_device_response
from ..oauth.server import AuthorizationServer
from ..tokens import TokenResponse
from .browser_login import Keep, Kept


@frozen
class DeviceLogin:
    """The use case: one login that the person approves on any device."""

    http: Http
    clock: Clock
    emit: Listener

    async def do(
        self, server: AuthorizationServer, profile: str, device_name: str | None, keep: Keep[Kept], *, timeout: float
    ) -> Kept:
        """Log in, keep the tokens and give what `keep` gave.

        Args:
            server: where to log in.
            profile: for the events.
            device_name: shown in the person's list of authorised devices.
            keep: stores the tokens.
            timeout: seconds that the person is waited for, at most as long as the code lives.

        Raises:
            OAuthError: refused: `AccessDenied`, `DeviceCodeExpired`, or an error that ends the login.
            TransportError: the server was not reached for the code, or its approval was cut short.
            InvalidResponse: an answer cannot be used.
            PromptVMAuthError: what `keep` raises.
        """
        issued = await self.issue(server, device_name)
        seconds = min(timeout, issued.expires_in)
        polling = Polling.start(server, issued, seconds, self.clock.now(), self.clock.monotonic())
        self.emit(
            DeviceCodeIssued(
                profile,
                issued.user_code,
                issued.verification_uri,
                issued.verification_uri_complete,
                issued.openable,
                seconds,
            )
        )
        self.emit(Waiting(profile, seconds))
        return await keep(await self.poll(polling, profile))

    async def issue(self, server: AuthorizationServer, device_name: str | None) -> DeviceCodeResponse:
        """Ask for a device code (RFC 8628 §3.1).

        Raises:
            TransportError, OAuthError, InvalidResponse: there is none.
        """
        issued = parse_device_response(await self.http.send(device_request(server, device_name)))
        if issued.openable and not server.is_own_host(issued.verification_uri):
            return evolve(issued, openable=False, verification_uri_complete=None)
        return issued

    async def poll(self, polling: Polling, profile: str) -> TokenResponse:
        """Poll until the login is decided, one request at a time (RFC 8628 §3.5).

        Raises:
            OAuthError, TransportError, InvalidResponse: see `do`.
        """
        while True:
            pause = polling.pause(self.clock.now(), self.clock.monotonic())
            await self.clock.sleep(pause)
            if not polling.alive(self.clock.now(), self.clock.monotonic()):
                raise DeviceCodeExpired(
                    "expired_token", "the code's time was over while this machine slept; start again"
                )
            try:
                response = await self.http.send(polling.request())
            except TransportError as error:
                polling = polling.lost(error)
                self.emit(Retrying(profile, str(error), polling.backoff))
                continue
            settled = polling.settle(response, self.clock.now())
            if isinstance(settled, TokenResponse):
                return settled
            self._report(profile, polling, settled)
            polling = settled

    def _report(self, profile: str, before: Polling, after: Polling) -> None:
        if after.interval > before.interval:
            self.emit(PollingSlowed(profile, after.interval))
        elif after.backoff > before.backoff:
            self.emit(Retrying(profile, "the server is busy", after.backoff))
