"""The requests of the device grant: for a device code, and the polls (RFC 8628 §3.1, §3.4, §3.5)."""

from attrs import evolve, frozen

from ...ports.cancellation import Cancellation
from ...ports.clock import Clock, WakeableClock
from ...ports.events import Listener, PollingSlowed, Recovered, Retrying
from ...ports.http import Http
from ..errors import DeviceCodeExpired, OAuthError, TransportError
from ..oauth.device import Polling, device_request
from ..oauth.device_response import DeviceCodeResponse, parse_device_response
from ..oauth.own_message import with_own_message
from ..oauth.refused_client import name_client
from ..oauth.server import AuthorizationServer
from ..tokens import TokenResponse


@frozen
class DeviceGrant:
    """Requests device codes and polls for their tokens; stores nothing."""

    http: Http
    clock: Clock
    emit: Listener
    cancellation: Cancellation

    async def issue(self, server: AuthorizationServer, device_name: str | None) -> DeviceCodeResponse:
        """Requests a device code (RFC 8628 §3.1).

        Args:
            server: the server of the login.
            device_name: the label in the user's list of authorised devices; sent to PromptVM only.

        Raises:
            TransportError, OAuthError, InvalidResponse: no code was issued.
        """
        response = await self.http.send(device_request(server, device_name))
        try:
            issued = parse_device_response(response)
        except OAuthError as error:
            raise name_client(error, server) from None
        if issued.openable and not server.is_own_host(issued.verification_uri):
            return evolve(issued, openable=False, verification_uri_complete=None)
        return issued

    async def poll(self, polling: Polling, profile: str) -> TokenResponse:
        """Polls until the user has approved or refused, one request at a time (RFC 8628 §3.5).

        Args:
            polling: the state to begin with.
            profile: the profile's name, for events.

        Raises:
            OAuthError, TransportError, InvalidResponse: the login ended without tokens; the errors of `Polling`.
        """
        while True:
            await self.pause(polling)
            result = await self.ask(polling, profile)
            if isinstance(result, TokenResponse):
                return result
            polling = result

    async def pause(self, polling: Polling) -> None:
        """Waits until the next poll is due.

        Raises:
            DeviceCodeExpired: the code expired in the meantime.
            LoginCancelled: the login was cancelled.
            TransportError: the deadline came while the server could not be asked.
        """
        self.cancellation.check()
        pause = self._delay(polling)
        if pause is None:
            raise polling.end(self.clock.now())
        if isinstance(self.clock, WakeableClock):
            await self.clock.sleep_unless(lambda: self.cancellation.cancelled, pause)
        else:
            await self.clock.sleep(pause)
        self.cancellation.check()
        if not polling.alive(self.clock.now(), self.clock.monotonic()):
            problem = "the code expired while this machine slept; log in again to get a new code"
            raise with_own_message(DeviceCodeExpired("expired_token", problem))

    async def ask(self, polling: Polling, profile: str) -> Polling | TokenResponse:
        """Polls once and returns the granted tokens, or the state for the next poll.

        Raises:
            OAuthError, TransportError, InvalidResponse: the login ended without tokens; the errors of `Polling`.
        """
        result: Polling | TokenResponse
        answered = False
        try:
            response = await self.http.send(polling.request())
        except TransportError as error:
            result = polling.transport_failed(error, self.clock.now())
        else:
            answered, result = True, polling.process(response, self.clock.now())
        if isinstance(result, Polling):
            self._report(profile, polling, result, answered=answered)
        return result

    def _report(self, profile: str, before: Polling, after: Polling, *, answered: bool) -> None:
        """Tells of a longer interval, of a failed request, or of an answer after one, if another request follows."""
        pause = self._delay(after)
        if pause is None:
            return
        if before.outage and not after.outage:
            self.emit(Recovered(profile))
        if after.interval > before.interval:
            self.emit(PollingSlowed(profile, after.interval))
        elif after.outage:
            self.emit(Retrying(profile, after.outage, pause, answered=answered))

    def _delay(self, polling: Polling) -> float | None:
        return polling.delay(self.clock.now(), self.clock.monotonic())
