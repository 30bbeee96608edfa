"""The device authorization grant (RFC 8628): the request, and polling as a state machine.

`Polling` is a frozen value. Each response, and each transport failure, leads to the next `Polling`, to the tokens, or
to the error that ends the login. The flow around it only sleeps and sends.
"""

from typing import Self

from attrs import evolve, frozen

from ...ports.http import HttpRequest, HttpResponse
from ...ports.secret import Secret
from ...ports.timeouts import DEVICE_LAST_POLL, DEVICE_MAX_BACKOFF, DEVICE_SLOW_DOWN_STEP
from ..errors import AccessDenied, DeviceCodeExpired, OAuthError, PromptVMAuthError, TransportError, UnreadableResponse
from ..tokens import TokenResponse
from .device_response import DeviceCodeResponse, named_interval
from .gateway import is_from_gateway
from .own_message import with_own_message
from .response import retry_after
from .server import AuthorizationServer
from .token_endpoint import parse_token_response

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"  # RFC 8628 §3.4
PLAIN_SLOW_DOWNS = 3
"""The number of consecutive `slow_down` responses after which this machine's clock is assumed to run fast."""

MAX_SLOW_DOWNS = 10
"""The number of consecutive `slow_down` responses after which the next one ends the login."""

_REDIRECTS = range(300, 400)
_FIRST_UNSUCCESSFUL = 300  # HTTP statuses below are successes


def device_request(server: AuthorizationServer, device_name: str | None) -> HttpRequest:
    """Builds the request for a device code (RFC 8628 §3.1).

    Args:
        server: the server of the login.
        device_name: the label in the user's list of authorised devices; sent to PromptVM only.
    """
    own = {"scope": server.scope or None} if server.speaks_form else {"device_name": device_name}
    return server.post(server.endpoint("device_authorization_endpoint"), {"client_id": server.client_id, **own})


def is_foreign(response: HttpResponse) -> bool:
    """Returns whether the answer to a poll is not the authorization server's, so that polling goes on.

    It is another program's page, or a redirect, as networks with a sign-in page and gateways send it.

    Args:
        response: the complete response.
    """
    return is_from_gateway(response) or (response.status in _REDIRECTS and not response.body.strip())


@frozen
class Polling:
    """The state of polling one device code.

    Attributes:
        server: the only server that the device code is sent to.
        device_code: the device code.
        interval: seconds between polls that the server requires; each `slow_down` lengthens it permanently.
        expires_wall: when the code expires, by the wall clock, in seconds since 1970-01-01 UTC.
        expires_monotonic: when it expires by the monotonic clock, in seconds; the earlier of the two counts.
        backoff: the least delay in seconds after failed requests; 0 after a successful one.
        retry_after: seconds that a busy server requested before the next poll (`Retry-After`).
        slow_downs: the number of consecutive `slow_down` responses.
        outage: why the last request failed; empty after an answer of the server.
        outage_since: when the first of the consecutive failed requests failed, by the wall clock.
    """

    server: AuthorizationServer
    device_code: Secret
    interval: float
    expires_wall: float
    expires_monotonic: float
    backoff: float = 0.0
    retry_after: float = 0.0
    slow_downs: int = 0
    outage: str = ""
    outage_since: float = 0.0

    @classmethod
    def start(
        cls, server: AuthorizationServer, issued: DeviceCodeResponse, lifetime: float, now: float, monotonic: float
    ) -> "Polling":
        """Starts polling a code that was issued just now.

        Args:
            server: the server that issued the code.
            issued: the response with the code.
            lifetime: seconds until polling ends, at most `issued.expires_in`.
            now: the wall clock, in seconds since 1970-01-01 UTC.
            monotonic: the monotonic clock, in seconds.
        """
        return cls(server, issued.device_code, issued.interval, now + lifetime, monotonic + lifetime)

    def delay(self, now: float, monotonic: float) -> float | None:
        """Returns the seconds to wait before the next poll, the first one included; None if no further one is allowed.

        No poll is sooner than the server allows, and the last one begins just before the deadline.

        Args:
            now: the wall clock, in seconds since 1970-01-01 UTC.
            monotonic: the monotonic clock, in seconds.
        """
        left = min(self.expires_wall - now, self.expires_monotonic - monotonic)
        least = max(self.interval, self.retry_after)
        if least >= left:
            return None
        pause = max(least, self.backoff)
        return pause if left - pause > self.interval else max(least, left - DEVICE_LAST_POLL)

    def end(self, now: float) -> PromptVMAuthError:
        """Returns the error of a login for which no further poll is allowed (RFC 8628 §3.5).

        It is a `TransportError` if the last poll failed, since the user may have approved meanwhile.

        Args:
            now: the wall clock, in seconds since 1970-01-01 UTC.
        """
        if self.outage:
            since = max(0.0, now - self.outage_since)
            return TransportError(
                f"for the last {since:.0f} s the server could not be asked whether the login was approved "
                f"({self.outage}); log in again once it answers"
            )
        problem = "the login was not approved in time; log in again to get a new code"
        return with_own_message(DeviceCodeExpired("expired_token", problem))

    def alive(self, now: float, monotonic: float) -> bool:
        """Returns whether the code is still valid by both clocks: the machine may have slept during the delay.

        Args:
            now: the wall clock, in seconds since 1970-01-01 UTC.
            monotonic: the monotonic clock, in seconds.
        """
        return now < self.expires_wall and monotonic < self.expires_monotonic

    def request(self) -> HttpRequest:
        """Builds the request of one poll (RFC 8628 §3.4)."""
        parameters: dict[str, str | Secret | None] = {
            "grant_type": GRANT_TYPE,
            "client_id": self.server.client_id,
            "device_code": self.device_code,
        }
        return self.server.post(self.server.endpoint("device_token_endpoint"), parameters)

    def process(self, response: HttpResponse, now: float) -> Self | TokenResponse:
        """Returns the next state, or the tokens, after the response to a poll (RFC 8628 §3.5).

        Args:
            response: the complete response.
            now: the wall clock when it arrived, in seconds since 1970-01-01 UTC.

        Raises:
            OAuthError: the login ended: `AccessDenied`, `DeviceCodeExpired`, or any other error of the server.
            InvalidResponse: the tokens cannot be used.
        """
        if is_foreign(response):
            problem = f"the answer (HTTP status {response.status}) is not the server's"
            return self._back_off(retry_after(response) or 0.0, problem, now)
        try:
            return parse_token_response(response, now, self.device_code)
        except OAuthError as error:
            match error.code:
                case "authorization_pending":
                    return evolve(self, backoff=0.0, retry_after=0.0, slow_downs=0, outage="")
                case "slow_down":
                    return self._slower(response, error)
                case "access_denied":
                    raise AccessDenied(error.code, error.description, error.status) from None
                case "expired_token":
                    raise DeviceCodeExpired(error.code, error.description, error.status) from None
                case _ if error.retryable:
                    return self._back_off(retry_after(response) or 0.0, "the server is busy", now)
                case _:
                    raise

    def transport_failed(self, error: TransportError, now: float) -> Self:
        """Returns the next state after a transport failure (RFC 8628 §3.5: exponential backoff).

        Args:
            error: the failure.
            now: the wall clock, in seconds since 1970-01-01 UTC.

        Raises:
            TransportError: a successful response was incomplete or cannot be read, so the code may already be used.
        """
        if isinstance(error, UnreadableResponse):
            raise error
        if error.status is not None and error.status < _FIRST_UNSUCCESSFUL:
            raise TransportError(
                "the response with the tokens was incomplete, and the code can be used only once: log in again",
                status=error.status,
            ) from error
        return self._back_off(0.0, str(error), now)

    def _back_off(self, seconds: float, outage: str, now: float) -> Self:
        doubled = min(2 * max(self.interval, self.backoff), max(DEVICE_MAX_BACKOFF, self.interval))
        since = self.outage_since if self.outage else now
        return evolve(self, backoff=doubled, retry_after=seconds, slow_downs=0, outage=outage, outage_since=since)

    def _slower(self, response: HttpResponse, error: OAuthError) -> Self:
        """Returns the state after a `slow_down`: 5 s are added to all later intervals, or more if the server says so.

        From the fourth consecutive `slow_down` on, a quarter of the interval is added too, in case the clock runs fast.
        """
        if self.slow_downs == MAX_SLOW_DOWNS:
            problem = (
                "the server keeps requesting slower polling although every interval was kept: check whether this "
                "machine's clock runs fast"
            )
            raise with_own_message(OAuthError(error.code, problem, error.status))
        named = max(retry_after(response) or 0.0, named_interval(response))
        fast_clock = self.slow_downs >= PLAIN_SLOW_DOWNS
        step = DEVICE_SLOW_DOWN_STEP + self.interval / 4 if fast_clock else DEVICE_SLOW_DOWN_STEP
        return evolve(
            self,
            interval=max(self.interval + step, named),
            backoff=0.0,
            retry_after=0.0,
            slow_downs=self.slow_downs + 1,
            outage="",
        )
