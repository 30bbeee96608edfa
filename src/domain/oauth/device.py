"""The device authorization grant (RFC 8628): the request, and polling as a state machine.

`Polling` is a frozen value. Each answer, and each failure to get one, gives the next `Polling`, or the tokens, or the
error that ends the login. The flow around it only sleeps and sends.
"""

from typing import Self

from attrs import evolve, frozen

from ...ports.http import HttpRequest, HttpResponse
from ...ports.secret import Secret
from ...ports.timeouts import DEVICE_MAX_BACKOFF, DEVICE_SLOW_DOWN_STEP
from ..errors import AccessDenied, DeviceCodeExpired, OAuthError, TransportError
from ..tokens import TokenResponse
from .device_response import DeviceCodeResponse, named_interval
from .response import retry_after
from .server import AuthorizationServer
from .token_endpoint import parse_token_response

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"  # RFC 8628 §3.4
PATIENCE = 3
"""`slow_down` answers in a row that are taken for what they say; more of them mean that a clock runs fast."""

MAX_SLOW_DOWNS = 10
"""`slow_down` answers in a row that are obeyed."""

_NO_SUCCESS = 300  # statuses from here on are no success


def device_request(server: AuthorizationServer, device_name: str | None) -> HttpRequest:
    """Build the request for a device code (RFC 8628 §3.1)."""
    own = {"scope": server.scope or None} if server.speaks_form else {"device_name": device_name}
    return server.post(server.endpoint("device_authorization_endpoint"), {"client_id": server.client_id, **own})


@frozen
class Polling:
    """Where the polling of one device code stands.

    Attributes:
        server: the only server that the device code is sent to.
        device_code: what is polled with.
        interval: seconds between polls as the server wants it; `slow_down` makes it longer for good.
        expires_wall: when the code is void, by the wall clock.
        expires_monotonic: the same by the monotonic clock; whichever comes first counts.
        backoff: seconds to wait instead of a shorter interval, while requests fail.
        retry_after: seconds that a busy server asked for before the next poll (`Retry-After`).
        slow_downs: how many answers in a row were `slow_down`.
    """

    server: AuthorizationServer
    device_code: Secret
    interval: float
    expires_wall: float
    expires_monotonic: float
    backoff: float = 0.0
    retry_after: float = 0.0
    slow_downs: int = 0

    @classmethod
    def start(
        cls, server: AuthorizationServer, issued: DeviceCodeResponse, lifetime: float, now: float, monotonic: float
    ) -> "Polling":
        """Start to poll a code that was issued at this moment.

        Args:
            server: that issued it.
            issued: its answer.
            lifetime: seconds until polling ends, at most `issued.expires_in`.
            now: the wall clock, in seconds since 1970-01-01 UTC.
            monotonic: the monotonic clock, in seconds.
        """
        return cls(server, issued.device_code, issued.interval, now + lifetime, monotonic + lifetime)

    def delay(self, now: float, monotonic: float) -> float:
        """Give the seconds to wait before the next poll; the first poll waits as well.

        Raises:
            DeviceCodeExpired: the code is void, or would be before the next poll is allowed (RFC 8628 §3.5).
        """
        left = min(self.expires_wall - now, self.expires_monotonic - monotonic)
        least = max(self.interval, self.retry_after)
        if least >= left:
            raise DeviceCodeExpired("expired_token", "nobody approved the login in time; start again to get a new code")
        return max(least, min(self.backoff, left / 2))

    def alive(self, now: float, monotonic: float) -> bool:
        """Say whether the code still counts, by both clocks: during a pause the machine may have slept."""
        return now < self.expires_wall and monotonic < self.expires_monotonic

    def request(self) -> HttpRequest:
        """Build one poll (RFC 8628 §3.4)."""
        parameters: dict[str, str | Secret | None] = {
            "grant_type": GRANT_TYPE,
            "client_id": self.server.client_id,
            "device_code": self.device_code,
        }
        return self.server.post(self.server.endpoint("device_token_endpoint"), parameters)

    def process(self, response: HttpResponse, now: float) -> Self | TokenResponse:
        """Decide what an answer means (RFC 8628 §3.5).

        Args:
            response: the complete answer.
            now: the wall clock when it arrived.

        Raises:
            OAuthError: the login ended: `AccessDenied`, `DeviceCodeExpired`, or an error that nobody knows.
            InvalidResponse: the tokens cannot be used.
        """
        try:
            return parse_token_response(response, now, self.device_code)
        except OAuthError as error:
            match error.code:
                case "authorization_pending":
                    return evolve(self, backoff=0.0, retry_after=0.0, slow_downs=0)
                case "slow_down":
                    return self._slower(response, error)
                case "access_denied":
                    raise AccessDenied(error.code, error.description, error.status) from None
                case "expired_token":
                    raise DeviceCodeExpired(error.code, error.description, error.status) from None
                case _ if error.retryable:
                    return self._back_off(retry_after(response) or 0.0)
                case _:
                    raise

    def transport_failed(self, error: TransportError) -> Self:
        """Go on after a request that failed on its way (RFC 8628 §3.5: exponential backoff).

        Raises:
            TransportError: the same, if the answer was a success that was cut short: the code may be spent.
        """
        if error.status is not None and error.status < _NO_SUCCESS:
            raise TransportError(
                "the server's approval was cut short on its way, and the code can be used once only: log in again",
                status=error.status,
            ) from error
        return self._back_off(0.0)

    def _back_off(self, seconds: float) -> Self:
        doubled = min(2 * max(self.interval, self.backoff), max(DEVICE_MAX_BACKOFF, self.interval))
        return evolve(self, backoff=doubled, retry_after=seconds, slow_downs=0)

    def _slower(self, response: HttpResponse, error: OAuthError) -> Self:
        """Add 5 s for this and all later polls, or more if the server names more: `slow_down`.

        From the fourth in a row on a quarter is added as well, so that a clock that runs fast is outrun.
        """
        if self.slow_downs == MAX_SLOW_DOWNS:
            reason = (
                "every pause was kept and the server still asks for longer ones: does this machine's clock run fast?"
            )
            raise OAuthError(error.code, reason, error.status)
        named = max(retry_after(response) or 0.0, named_interval(response))
        step = DEVICE_SLOW_DOWN_STEP if self.slow_downs < PATIENCE else DEVICE_SLOW_DOWN_STEP + self.interval / 4
        return evolve(
            self,
            interval=max(self.interval + step, named),
            backoff=0.0,
            retry_after=0.0,
            slow_downs=self.slow_downs + 1,
        )
