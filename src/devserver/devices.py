"""Device codes, and the result of polling them (RFC 8628)."""

from collections.abc import Callable
from enum import Enum

from attrs import evolve, frozen

from .exchange import Refusal
from .random_text import random_text, random_user_code
from .sessions import Approval, End, Session, Sessions
from .settings import Settings
from .table import Table

SLOW_DOWN = 5.0
"""The seconds by which each `slow_down` lengthens the interval (RFC 8628 §3.5)."""

TOLERANCE = 0.25
"""The tolerated shortening of an interval in seconds, since network delays vary."""


class Decision(Enum):
    """The state of a device code."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    SPENT = "spent"


@frozen
class DeviceCode:
    """The data of a device code.

    Attributes:
        user_code: the code that the user compares or types, such as `WDJB-MJHT`.
        device_name: the label that the client sent, or None.
        expires_at: when it expires, in seconds since 1970-01-01 UTC.
        interval: the least interval between two polls, in seconds.
        slow_downs: how many more polls are answered `slow_down` because of the settings.
        polled_at: the time of the last poll, or None.
        decision: its state.
        approval: what the user approved, or None.
        session_id: the session that it was exchanged for, or None.
    """

    user_code: str
    device_name: str | None
    expires_at: float
    interval: float
    slow_downs: int
    polled_at: float | None = None
    decision: Decision = Decision.PENDING
    approval: Approval | None = None
    session_id: str | None = None


class Devices:
    """All device codes; not thread-safe by itself."""

    def __init__(
        self, now: Callable[[], float], random: Callable[[int], bytes], settings: Settings, sessions: Sessions
    ) -> None:
        self._now = now
        self._random = random
        self._settings = settings
        self._sessions = sessions
        self._devices: Table[DeviceCode] = Table()

    def issue(self, device_name: str | None) -> tuple[str, DeviceCode]:
        """Returns a new device code and its data."""
        device = DeviceCode(
            user_code=random_user_code(self._random),
            device_name=device_name,
            expires_at=self._now() + self._settings.device_code_lifetime,
            interval=self._settings.device_interval,
            slow_downs=self._settings.slow_downs,
        )
        device_code = random_text(self._random)
        self._devices.add(device_code, device)
        return device_code, device

    def find(self, user_code: str) -> DeviceCode:
        """Returns the pending device with a user code; case and punctuation of the code do not matter.

        Raises:
            Refusal: `invalid_grant`: unknown, expired or already decided.
        """
        return self._waiting(user_code)[1]

    def decide(self, user_code: str, decision: Decision) -> None:
        """Approves or denies the pending device with a user code.

        Raises:
            Refusal: `invalid_grant`: unknown, expired or already decided.
        """
        device_code, device = self._waiting(user_code)
        approval = Approval(self._settings.user, self._settings.organization, device.device_name)
        self._devices[device_code] = evolve(device, decision=decision, approval=approval)

    def poll(self, device_code: str, user_agent: str | None) -> Session:
        """Starts the session of an approved device.

        Raises:
            Refusal: one of the errors of RFC 8628 §3.5: `authorization_pending`, `slow_down`, `access_denied`,
                `expired_token`; or `invalid_grant` for an unknown or spent code; a spent one also ends its session.
        """
        device = self._devices.get(device_code)
        if device is None:
            raise Refusal("invalid_grant", "the device code is unknown")
        if device.decision is Decision.SPENT:
            if device.session_id is not None:
                self._sessions.end(device.session_id, End.CODE_REUSED)
            raise Refusal("invalid_grant", "the device code was used before")
        now = self._now()
        if now >= device.expires_at:
            raise Refusal("expired_token", "the device code has expired")
        self._pace(device_code, device, now)
        if device.decision is Decision.PENDING:
            raise Refusal("authorization_pending", "the user has not decided yet")
        if device.decision is Decision.DENIED or device.approval is None:
            raise Refusal("access_denied", "the user denied the request")
        session = self._sessions.start(device.approval, user_agent)
        self._devices[device_code] = evolve(device, decision=Decision.SPENT, session_id=session.id)
        return session

    def _pace(self, device_code: str, device: DeviceCode, now: float) -> None:
        """Records a poll and refuses it if it is too early or the settings require a `slow_down`."""
        early = device.polled_at is not None and now - device.polled_at < device.interval - TOLERANCE
        if not early and not device.slow_downs:
            self._devices[device_code] = evolve(device, polled_at=now)
            return
        self._devices[device_code] = evolve(
            device, polled_at=now, interval=device.interval + SLOW_DOWN, slow_downs=max(device.slow_downs - 1, 0)
        )
        raise Refusal("slow_down", "the polls are too frequent; wait 5 seconds longer between them")

    def _waiting(self, user_code: str) -> tuple[str, DeviceCode]:
        typed = _letters(user_code)
        for device_code, device in self._devices.items():
            if _letters(device.user_code) == typed:
                if device.decision is not Decision.PENDING or self._now() >= device.expires_at:
                    break
                return device_code, device
        raise Refusal("invalid_grant", "the code is unknown, expired or already used")


def _letters(user_code: str) -> str:
    """Returns a user code without case and punctuation, for comparison (RFC 8628 §6.1)."""
    return "".join(letter for letter in user_code.upper() if letter.isalnum())
