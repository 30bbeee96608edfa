"""A program ends a login that waits for its user: through the client, an object of its own, or the listener."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import Cancellation, CancelLogin, LoginCancelled, TransportError, all_of
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.cancellation import RunningLogins
from promptvm_oauth.ports.events import (
    BrowserNotOpened,
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    Listener,
    LoggedIn,
    LoginFailed,
    LoginPlanned,
    Refreshed,
    Waiting,
)
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing import FakeClock

if TYPE_CHECKING:
    from .conftest import Rig

FLOWS = pytest.mark.parametrize("flow", ["browser", "device"])


def when(kind: type[Event], act: Callable[[], object]) -> Callable[[Event], None]:
    """Returns a listener that acts at each event of a kind."""

    def listen(event: Event) -> None:
        if isinstance(event, kind):
            act()

    return listen


def listening(rig: "Rig", listener: Listener) -> Any:
    """Returns a client whose events the listener hears before the rig does."""
    return rig.make(**rig.ports(on_event=listener))


def stop() -> None:
    raise CancelLogin


def nothing_stored(rig: "Rig") -> bool:
    return not rig.fields() and rig.server.count("token") == 0


@FLOWS
@pytest.mark.parametrize("way", ["client", "object", "listener"])
def test_a_login_that_waits_is_ended(rig: "Rig", flow: str, way: str) -> None:
    rig.ignore()
    own = Cancellation()
    act: dict[str, Callable[[], object]] = {"client": lambda: client.cancel(), "object": own.cancel, "listener": stop}  # noqa: PLW0108 (the client is made below)
    client = listening(rig, when(Waiting, act[way]))

    with pytest.raises(LoginCancelled, match="was cancelled; nothing was stored"):
        rig.call("login", client=client, flow=flow, cancellation=own)

    assert nothing_stored(rig)
    assert rig.server.count("device_token") == 0
    assert rig.callback.listeners == {}
    failed = rig.events[-1]
    assert isinstance(failed, LoginFailed)
    assert (failed.reason, failed.code, failed.retryable) == (
        "the login was cancelled; nothing was stored", "", False
    )  # fmt: skip
    assert not own.cancelled or way == "object"


@FLOWS
def test_what_was_cancelled_before_asks_the_user_nothing(rig: "Rig", flow: str) -> None:
    own = Cancellation()
    own.cancel()
    own.cancel()

    for _ in range(2):
        with pytest.raises(LoginCancelled):
            rig.call("login", flow=flow, cancellation=own)

    assert not rig.server.log
    assert rig.browser.opened == []
    assert not {BrowserOpened, BrowserNotOpened, DeviceCodeIssued} & {type(event) for event in rig.events}


@FLOWS
def test_a_plan_that_the_program_does_not_like_is_cancelled_at_once(rig: "Rig", flow: str) -> None:
    with pytest.raises(LoginCancelled):
        rig.call("login", client=listening(rig, when(LoginPlanned, stop)), flow=flow)

    assert rig.heard() == ["LoginPlanned", "LoginFailed"]
    assert not rig.server.log


def test_a_code_that_came_just_before_the_cancel_is_not_exchanged(rig: "Rig") -> None:
    def approve_and_cancel(url: str) -> str:
        rig.client.cancel()
        return rig.server.approve(url)

    rig.person = approve_and_cancel

    with pytest.raises(LoginCancelled):
        rig.call("login", flow="browser")

    assert nothing_stored(rig)
    (shown,) = rig.callback.outcomes
    assert (shown.succeeded, shown.detail) == (False, "the login was cancelled; nothing was stored")


class CancelsWhile:
    """An HTTP port that cancels while a request of one kind is on its way."""

    def __init__(self, rig: "Rig", endpoint: str, cancellation: Cancellation) -> None:
        self.rig, self.endpoint, self.cancellation = rig, endpoint, cancellation

    async def send(self, request: HttpRequest) -> HttpResponse:
        if request.url.endswith(self.endpoint):
            self.cancellation.cancel()
        return await self.rig.server.send(request)

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(("flow", "endpoint"), [("browser", "/cli/token"), ("device", "/device/token")])
def test_tokens_that_were_on_their_way_are_stored(rig: "Rig", flow: str, endpoint: str) -> None:
    own = Cancellation()
    client = rig.make(http=CancelsWhile(rig, endpoint, own))

    assert rig.call("login", client=client, flow=flow, cancellation=own).flow == flow

    assert own.cancelled
    assert rig.fields()["access_token"].startswith("pvm_at_")
    assert isinstance(rig.events[-1], LoggedIn)


def test_a_poll_that_was_on_its_way_and_brings_nothing_is_the_last_one(rig: "Rig") -> None:
    rig.ignore()
    own = Cancellation()

    with pytest.raises(LoginCancelled):
        rig.call(
            "login", client=rig.make(http=CancelsWhile(rig, "/device/token", own)), flow="device", cancellation=own
        )

    assert rig.server.count("device_token") == 1


def test_a_request_for_a_code_that_was_on_its_way_is_the_last_one(rig: "Rig") -> None:
    own = Cancellation()

    with pytest.raises(LoginCancelled):
        rig.call("login", client=rig.make(http=CancelsWhile(rig, "/device/code", own)), flow="device", cancellation=own)

    assert [entry.endpoint for entry in rig.server.log] == ["device_code"]


def test_the_next_login_of_the_client_is_not_cancelled(rig: "Rig") -> None:
    rig.client.cancel()
    rig.ignore()
    client = listening(rig, when(Waiting, lambda: client.cancel()))  # noqa: PLW0108 (made here)
    with pytest.raises(LoginCancelled):
        rig.call("login", client=client, flow="device")

    rig.approve()
    assert rig.call("login", flow="device").flow == "device"


def test_a_closed_client_ends_its_logins(rig: "Rig") -> None:
    rig.ignore()
    client = listening(rig, when(Waiting, lambda: run_blocking(client._client.close())))

    with pytest.raises(LoginCancelled):
        rig.call("login", client=client, flow="browser")


def test_every_listener_hears_the_event_that_one_of_them_cancels_at(rig: "Rig") -> None:
    rig.ignore()
    others: list[str] = []

    def note(event: Event) -> None:
        others.append(type(event).__name__)

    with pytest.raises(LoginCancelled):
        rig.call("login", client=listening(rig, all_of(when(DeviceCodeIssued, stop), note)), flow="device")

    assert others == ["LoginPlanned", "DeviceCodeIssued", "Waiting", "LoginFailed"]


def test_a_listener_that_cancels_at_another_event_ends_nothing(
    rig: "Rig", caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    rig.call("login", flow="device")

    assert rig.call("refresh", client=listening(rig, when(Refreshed, stop))).startswith("pvm_at_")
    assert "listener_failed" not in caplog.text


def test_a_listener_cancels_the_logins_of_its_profile_alone() -> None:
    running = RunningLogins()
    with running.add("work") as work, running.add("home") as home:
        running.cancel("work")
        assert (work.cancelled, home.cancelled) == (True, False)
        running.cancel()
        assert home.cancelled
    with running.add("work") as next_one:
        assert not next_one.cancelled


def test_polling_of_a_front_end_with_steps_of_its_own_is_ended(rig: "Rig") -> None:
    code = rig.call("request_device_code")

    class Polling(Cancellation):
        def cancel(self) -> None:
            client.cancel()

    client = rig.make(http=CancelsWhile(rig, "/device/token", Polling()))
    with pytest.raises(LoginCancelled):
        rig.call("poll_device_token", code.device_code, client=client, interval=5, expires_in=60)

    assert rig.server.count("device_token") == 1


def test_on_a_clock_that_cannot_be_woken_the_login_ends_after_the_pause(rig: "Rig") -> None:
    class Sound:
        """A clock of an embedder: the three methods, and no more."""

        def __init__(self) -> None:
            self.inner = FakeClock()

        def now(self) -> float:
            return rig.clock.now()

        def monotonic(self) -> float:
            return rig.clock.monotonic()

        async def sleep(self, seconds: float) -> None:
            await rig.clock.sleep(seconds)
            own.cancel()

    rig.ignore()
    own = Cancellation()
    with pytest.raises(LoginCancelled):
        rig.call("login", client=rig.make(clock=Sound()), flow="device", cancellation=own)
    assert rig.clock.sleeps == [5.0]
    assert rig.server.count("device_token") == 0


def test_a_failure_before_the_cancel_is_told_as_it_was(rig: "Rig") -> None:
    class Unreachable(CancelsWhile):
        async def send(self, request: HttpRequest) -> HttpResponse:
            await super().send(request)
            raise TransportError("the network is down")

    own = Cancellation()
    with pytest.raises(TransportError, match="the network is down"):
        rig.call("login", client=rig.make(http=Unreachable(rig, "/device/code", own)), flow="device", cancellation=own)
