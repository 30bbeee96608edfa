"""Whoever signs in is interrupted at each step in turn: what the server granted is stored, and the browser knows it."""

import signal
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.single_flight import held_signals
from promptvm_oauth.adapters.single_flight.interrupts import current_hold
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.ports.events import InterruptDelayed
from promptvm_oauth.testing import FakeClock

from .conftest import AtStep

if TYPE_CHECKING:
    from promptvm_oauth.ports.http import HttpRequest, HttpResponse

    from .conftest import Rig

REDIRECT = "http://127.0.0.1:8000/callback"
TOKENS = ("/api/v1/auth/cli/token", "/api/v1/auth/device/token")
STEPS = ["request", "answer", "save", "saved", "profile", "active"]

press = signal.raise_signal  # the tests replace it, so that the process lives on


class Interrupted(AtStep):
    """The ports of a rig, which say when a login reaches a step; then `act` is called, once."""

    def __init__(self, rig: "Rig", step: str) -> None:
        super().__init__(rig, step)
        self.polls = 0

    def ports(self) -> dict[str, Any]:
        moment, rig = self, self._rig

        class Store(MemoryStore):
            def load(self, profile: str) -> Mapping[str, str] | None:
                return rig.store.load(profile)

            def save(self, profile: str, fields: Mapping[str, str]) -> None:
                moment.at("save")
                rig.store.save(profile, fields)
                moment.at("saved")

            def delete(self, profile: str) -> None:
                rig.store.delete(profile)

        class Profiles(MemoryProfiles):
            def active(self) -> str:
                return rig.profiles.active()

            def load(self, name: str) -> Mapping[str, str] | None:
                return rig.profiles.load(name)

            def save(self, name: str, fields: Mapping[str, str]) -> None:
                moment.at("profile")
                rig.profiles.save(name, fields)

            def activate(self, name: str) -> None:
                moment.at("active")
                rig.profiles.activate(name)

        return {"secrets": Store(), "profiles": Profiles(), "http": _Http(self, rig)}


class _Http:
    def __init__(self, moment: Interrupted, rig: "Rig") -> None:
        self._moment = moment
        self._rig = rig

    async def send(self, request: "HttpRequest") -> "HttpResponse":
        granting = request.url.endswith(TOKENS)
        if granting:
            self._moment.at("request")
        response = await self._rig.server.send(request)
        if granting and response.status == 200:
            self._moment.at("answer")
        return response

    async def close(self) -> None:
        """Hold nothing."""


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    numbers: dict[int, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
    }
    before = [signal.signal(number, handler) for number, handler in numbers.items()]
    yield
    assert [signal.getsignal(number) for number in numbers] == list(numbers.values())
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def signed_in(rig: "Rig") -> "Rig":
    """Returns a rig with the login of another person."""
    rig.call("login", flow="browser")
    rig.profiles.save("default", {**(rig.profiles.load("default") or {}), "user_id": "usr_other"})
    rig.callback.outcomes.clear()
    rig.events.clear()
    return rig


def in_the_browser(rig: "Rig", client: Any) -> None:
    rig.call("login", flow="browser", client=client)


def with_a_device_code(rig: "Rig", client: Any) -> None:
    rig.call("login", flow="device", client=client)


def in_two_halves(rig: "Rig", client: Any) -> None:
    pending = rig.call("begin_login", redirect_uri=REDIRECT, client=client)
    rig.call("finish_login", pending, rig.visit(pending.authorize_url), client=client)


FLOWS = [in_the_browser, with_a_device_code, in_two_halves]


def assert_login_is_kept(rig: "Rig") -> None:
    assert rig.call("access_token", client=rig.make()) == rig.fields()["access_token"]
    assert rig.server.auth.live_sessions[-1].refresh_token == rig.fields()["refresh_token"]
    assert (rig.profiles.load("default") or {})["user_id"] == "usr_dev"
    assert all(outcome.succeeded for outcome in rig.callback.outcomes)


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_at_any_step_from_the_token_request_on_keeps_the_login(
    signed_in: "Rig", flow: Callable[["Rig", Any], None], step: str, presses: int
) -> None:
    moment = Interrupted(signed_in, step)
    pressed: list[str] = []

    def act() -> None:
        for _ in range(presses):
            pressed.append(step)
            press(signal.SIGINT)

    moment.act = act
    with pytest.raises(KeyboardInterrupt):
        flow(signed_in, signed_in.make(**moment.ports()))

    assert pressed == [step] * presses
    assert_login_is_kept(signed_in)


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("step", STEPS)
def test_a_signal_that_ends_the_process_does_so_when_the_login_is_stored(
    signed_in: "Rig", monkeypatch: pytest.MonkeyPatch, flow: Callable[["Rig", Any], None], number: int, step: str
) -> None:
    moment = Interrupted(signed_in, step)
    moment.act = lambda: press(number)
    died_with: list[str] = []

    def die(signum: int) -> None:
        assert (signum, signal.getsignal(signum)) == (number, signal.SIG_DFL)
        died_with.append(signed_in.fields()["refresh_token"])

    monkeypatch.setattr(signal, "raise_signal", die)
    flow(signed_in, signed_in.make(**moment.ports()))

    assert died_with == [signed_in.server.auth.live_sessions[-1].refresh_token]
    assert_login_is_kept(signed_in)


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
def test_a_second_ctrl_c_tells_what_is_finished_before_the_answer_comes(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch, flow: Callable[["Rig", Any], None]
) -> None:
    threads: list[Callable[[], None]] = []

    def start(run: Callable[[], None], _arguments: tuple[()]) -> None:
        threads.append(run)

    monkeypatch.setattr(held_signals, "start_new_thread", start)
    moment = Interrupted(rig, "request")
    heard: list[list[str]] = []

    def act() -> None:
        press(signal.SIGINT)
        heard.append(rig.heard())
        press(signal.SIGINT)
        hold = current_hold()
        assert hold is not None
        assert hold.signals is not None
        hold.signals.stop()  # so that the thread has an end before the work has
        threads.pop()()
        heard.append(rig.heard())

    moment.act = act
    with pytest.raises(KeyboardInterrupt):
        flow(rig, rig.make(**moment.ports()))

    assert "InterruptDelayed" not in heard[0]
    assert heard[1][-1] == "InterruptDelayed"
    (told,) = (event for event in rig.events if isinstance(event, InterruptDelayed))
    assert (told.profile, told.work) == ("default", "the login")
    assert 0 < told.seconds <= 30
    assert_login_is_kept(rig)


@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
def test_between_two_polls_ctrl_c_stops_a_device_login_at_once(rig: "Rig") -> None:
    rig.on_code = lambda _: None

    class Clock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            if rig.server.count("device_token"):
                press(signal.SIGINT)
                raise AssertionError("the pause was not interrupted")
            await rig.clock.sleep(seconds)

    with pytest.raises(KeyboardInterrupt):
        rig.call("login", flow="device", client=rig.make(clock=Clock()))

    assert rig.server.count("device_token") == 1
    assert not rig.fields()
