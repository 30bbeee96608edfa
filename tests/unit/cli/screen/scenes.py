"""What happens at a login, played without a server: the events, the passing of time, and the end."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest
from promptvm_oauth import AccessDenied, DeviceCodeExpired, LoginResult, LoginTimeout, OAuthClient, TransportError
from promptvm_oauth.cli.screen import login_screen
from promptvm_oauth.cli.screen.progress import Times
from promptvm_oauth.domain.oauth.own_message import with_own_message
from promptvm_oauth.domain.tokens import TokenOrganization, TokenUser
from promptvm_oauth.ports.events import (
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    LoggedIn,
    LoginPlanned,
    ProfileActivated,
    Retrying,
    StoreDowngraded,
    Waiting,
)

START = datetime(2026, 11, 26, 18, 58, tzinfo=UTC).timestamp()
PAGE = "https://app.promptvm.ai/device"
FLOWS = ("browser", "device", "paste")
ADA = TokenUser("usr_1", "ada@example.com", "Ada")
ACME = TokenOrganization("org_1", "Acme", "acme")
EXPIRY = datetime(2026, 11, 26, 19, 58, tzinfo=UTC)
DOWNGRADED = "the keychain is locked, and it was not unlocked within 60 s"

OPENED: dict[str, list[Event]] = {
    "device": [
        LoginPlanned("work", "device", "SSH_TTY is set", "SSH session", True, False, FLOWS),
        DeviceCodeIssued("work", "WDJB-MJHT", PAGE, f"{PAGE}?user_code=WDJB-MJHT", True, 600.0),
        Waiting("work", 600.0),
    ],
    "browser": [
        LoginPlanned("work", "browser", "a browser can be opened here", "", True, True, FLOWS),
        BrowserOpened("work", "http://127.0.0.1:49152/start/V1StGXR8Z5jdHi6BmyT0Ag"),
        Waiting("work", 300.0),
    ],
}

Told = Callable[[Event], None]


class Stage:
    """The clocks of the screen, which a scene moves, and the moment that a test looks at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, look: Callable[[], str]) -> None:
        self.passed = 0.0
        self.seen = ""
        self._look = look
        self._ticks: list[Callable[[], object]] = []
        monkeypatch.setattr(login_screen, "TIMES", Times(lambda: START + self.passed, lambda: self.passed))
        monkeypatch.setattr(login_screen, "start_ticking", self._start)

    def _start(self, tick: Callable[[], object]) -> Callable[[], None]:
        self._ticks.append(tick)
        return self._ticks.clear

    def wait(self, seconds: float) -> None:
        """Lets time pass, and the live line be drawn again."""
        self.passed += seconds
        for tick in tuple(self._ticks):
            tick()

    def look(self) -> None:
        """Keeps what is seen now, in place of what is seen at the end."""
        self.seen = self._look()


Scene = Callable[[Stage, Told, str], LoginResult]


def waiting(stage: Stage, told: Told, flow: str) -> NoReturn:
    stage.wait(74)
    stage.look()
    raise KeyboardInterrupt


def success(stage: Stage, told: Told, flow: str) -> LoginResult:
    stage.wait(20)
    told(ProfileActivated("work", "default"))
    told(LoggedIn("work", "ada@example.com", flow, "keyring"))
    return LoginResult("work", ADA, ACME, EXPIRY, flow, "keyring", "", True, None, "https://api.promptvm.ai")


def downgrade(stage: Stage, told: Told, flow: str) -> LoginResult:
    stage.wait(20)
    told(StoreDowngraded("work", "keyring", "file", DOWNGRADED))
    told(LoggedIn("work", "ada@example.com", flow, "file"))
    return LoginResult("work", ADA, None, EXPIRY, flow, "file", DOWNGRADED, False, None, "https://api.promptvm.ai")


def denial(stage: Stage, told: Told, flow: str) -> NoReturn:
    stage.wait(20)
    raise AccessDenied("access_denied", "The person said no")


def expiry(stage: Stage, told: Told, flow: str) -> NoReturn:
    stage.wait(600)
    if flow == "device":
        problem = "the login was not approved in time; log in again to get a new code"
        raise with_own_message(DeviceCodeExpired("expired_token", problem))
    raise LoginTimeout("the login was not finished in the browser in time; log in again, or use the device flow")


def outage(stage: Stage, told: Told, flow: str) -> NoReturn:
    stage.wait(60)
    if flow == "browser":
        raise TransportError("api.promptvm.ai refused the connection")
    told(Retrying("work", "api.promptvm.ai refused the connection", 10.0))
    stage.wait(10)
    told(Retrying("work", "api.promptvm.ai refused the connection", 20.0))
    stage.wait(12)
    stage.look()
    raise KeyboardInterrupt


def ctrl_c(stage: Stage, told: Told, flow: str) -> NoReturn:
    stage.wait(5)
    raise KeyboardInterrupt


SCENES: dict[str, Scene] = {
    scene.__name__: scene for scene in (waiting, success, downgrade, denial, expiry, outage, ctrl_c)
}


class Actor(OAuthClient):
    """A client that plays a scene in place of a login."""

    def __init__(self, scene: Scene, stage: Stage, flow: str, before: Iterator[Event] | None = None) -> None:
        self._scene = scene
        self._stage = stage
        self._flow = flow
        self._before = OPENED[flow] if before is None else list(before)

    def __call__(self, **given: Any) -> "Actor":
        self._told: Told = given["on_event"]
        return self

    def login(self, profile: str | None = None, **_: Any) -> LoginResult:
        for event in self._before:
            self._told(event)
        return self._scene(self._stage, self._told, self._flow)

    def close(self) -> None:
        pass
