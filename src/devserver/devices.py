"""Device codes and what polling them gives (RFC 8628)."""

from collections.abc import Callable
from enum import Enum

from attrs import evolve, frozen

from .exchange import Refusal
from .random_text import random_text, random_user_code
from .sessions import Approval, End, Session, Sessions
from .settings import Settings
from .table import Table

SLOW_DOWN = 5.0
"""RFC 8628 §3.5: the seconds by which each `slow_down` lengthens the interval."""

LENIENCY = 0.25
"""Seconds: a network may bring two polls a little closer together than they were sent."""


class Decision(Enum):
    """What became of a device code."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    SPENT = "spent"


@frozen
class DeviceCode:
    """One device that waits for its person.

    Attributes:
        user_code: what the person compares or types, such as `WDJB-MJHT`.
        device_name: the label that the client gave, or None.
        expires_at: seconds since 1970-01-01 UTC.
        interval: the least pause between two polls, in seconds.
        slow_downs: how many polls more are answered `slow_down` by order.
        polled_at: the last poll, or None.
        decision: what became of it.
        approval: what the person agreed to, once it is approved.
        session_id: the session that it gave, or None.
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
        """Give a new device code, and what is known about it."""
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
        """Give the device that waits under a user code, however the person typed it.

        Raises:
            Refusal: `invalid_grant`: unknown, expired or already decided.
        """
        return self._waiting(user_code)[1]

    def decide(self, user_code: str, decision: Decision) -> None:
        """Approve or deny the device that waits under a user code.

        Raises:
            Refusal: `invalid_grant`: unknown, expired or already decided.
        """
        device_code, device = self._waiting(user_code)
        approval = Approval(self._settings.user, self._settings.organization, device.device_name)
        self._devices[device_code] = evolve(device, decision=decision, approval=approval)

    def poll(self, device_code: str, user_agent: str | None) -> Session:
        """Start the session of an approved device.

        Raises:
            Refusal: as RFC 8628 §3.5 says: `authorization_pending`, `slow_down`, `access_denied`, `expired_token`; or
                `invalid_grant` for an unknown or spent code, and a spent one also ends the session that it gave.
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
            raise Refusal("authorization_pending", "the person has not decided yet")
        if device.decision is Decision.DENIED or device.approval is None:
            raise Refusal("access_denied", "the person said no")
        session = self._sessions.start(device.approval, user_agent)
        self._devices[device_code] = evolve(device, decision=Decision.SPENT, session_id=session.id)
        return session

    def _pace(self, device_code: str, device: DeviceCode, now: float) -> None:
        """Note a poll, and refuse it where it came too early or where a `slow_down` was ordered."""
        early = device.polled_at is not None and now - device.polled_at < device.interval - LENIENCY
        if not early and not device.slow_downs:
            self._devices[device_code] = evolve(device, polled_at=now)
            return
        self._devices[device_code] = evolve(
            device, polled_at=now, interval=device.interval + SLOW_DOWN, slow_downs=max(device.slow_downs - 1, 0)
        )
        raise Refusal("slow_down", "the polls come too fast; wait 5 seconds longer between them")

    def _waiting(self, user_code: str) -> tuple[str, DeviceCode]:
        typed = _letters(user_code)
        for device_code, device in self._devices.items():
            if _letters(device.user_code) == typed:
                if device.decision is not Decision.PENDING or self._now() >= device.expires_at:
                    break
                return device_code, device
        raise Refusal("invalid_grant", "the code is unknown, expired or already used")


def _letters(user_code: str) -> str:
    """RFC 8628 §6.1: case and punctuation do not matter."""
    return "".join(letter for letter in user_code.upper() if letter.isalnum())
