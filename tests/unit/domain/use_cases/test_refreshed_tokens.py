"""What a refresh leaves behind: whose the new tokens are, their scope, their time in memory, and what is told."""

import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import OAuthError, WrongUser
from promptvm_oauth.adapters.single_flight import held_signals
from promptvm_oauth.adapters.single_flight.interrupts import current_hold
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.domain.binding import Binding
from promptvm_oauth.ports.events import InterruptDelayed
from promptvm_oauth.testing.http import json_response

from .other_program import HOUR, Acting, later, unbound, write, write_profile
from .test_beside_the_go_tool import Unauthorized
from .test_lock_timeout import Timed
from .test_refresh_interrupted import Interrupted
from .test_standard_login import GRANT, StandardRig

if TYPE_CHECKING:
    from .conftest import Rig

GRANTED: dict[str, Any] = {"access_token": "a2", "refresh_token": "r2", "token_type": "Bearer", "expires_in": 3600}


def bound_user(rig: "Rig") -> str:
    found = Binding.read(rig.fields())
    assert found is not None
    return found.user_id


def renew(rig: "Rig", **answer: Any) -> str:
    """Renews the tokens with this answer of the server."""
    rig.server.queue_fault("token", Answer(200, GRANTED | answer))
    token: str = rig.call("refresh")
    return token


def test_new_tokens_are_bound_to_the_user_of_the_old_ones_if_the_server_names_none(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    renew(rig)

    assert bound_user(rig) == "usr_dev"


def test_new_tokens_are_bound_to_the_user_whom_the_server_names_at_last(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.profiles.save("default", {**(rig.profiles.load("default") or {}), "user_id": ""})
    rig.store.save("default", {**rig.fields(), "bound_user": ""})

    assert renew(rig, user={"id": "usr_dev"}) == "a2"
    assert bound_user(rig) == "usr_dev"


def test_new_tokens_in_place_of_unbound_ones_are_bound_to_nobody_if_the_server_names_nobody(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", unbound(rig))
    renew(rig)

    assert bound_user(rig) == ""


@pytest.mark.parametrize("named", ["by the profile", "by the tokens"])
def test_tokens_that_were_granted_for_another_user_are_not_looked_at_again(rig: "Rig", named: str) -> None:
    rig.call("login", flow="browser")
    if named == "by the tokens":
        rig.profiles.save("default", {**(rig.profiles.load("default") or {}), "user_id": ""})
    else:
        rig.store.save("default", unbound(rig))
        rig.clock.advance(HOUR)
    rig.clock.advance(HOUR)
    client = rig.make(clock=(clock := Acting(rig, None, lambda: None)), lock=(lock := Timed()))
    rig.server.queue_fault("token", Answer(200, GRANTED | {"user": {"id": "eve"}}))
    slept: list[float] = []
    for _ in range(2):
        with pytest.raises(WrongUser, match="'default'"):
            rig.call("access_token", client=client)
        slept.append(clock.slept)

    pause = 0.15 * (named == "by the profile")  # for the Go tool, which may be renewing unbound tokens
    assert slept == pytest.approx([pause, 2 * pause])
    assert len(lock.waits) == 2


def test_a_refused_token_is_not_used_again_after_the_pause_for_the_go_tool(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", before := unbound(rig))
    rig.clock.advance(HOUR - 90)
    clock = Acting(rig, 0.1, lambda: write(rig, {**before, "expires_at": later(rig)}))
    used: list[str] = []

    def refused_once(token: str) -> str:
        used.append(token)
        rig.clock.advance(60)
        if len(used) == 1:
            raise Unauthorized
        return token

    async def refused_once_async(token: str) -> str:
        return refused_once(token)

    use: Any = refused_once if rig.colour == "blocking" else refused_once_async

    assert rig.call("with_auto_refresh", use, client=rig.make(clock=clock)) == rig.fields()["access_token"]
    assert clock.slept
    assert used[0] != used[1]


def test_the_error_of_a_refresh_does_not_repeat_the_refresh_token(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    sent = rig.fields()["refresh_token"]
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_scope", "error_description": f"not for {sent}"}))

    with pytest.raises(OAuthError, match="not for ") as caught:
        rig.call("refresh")
    assert sent not in f"{caught.value!r}{caught.value}"


def test_a_short_lived_new_token_is_used_from_memory(rig: "Rig") -> None:
    rig.server.settings.access_token_lifetime = 60
    rig.call("login", flow="browser")
    rig.clock.advance(60)
    renewed = rig.call("access_token")
    rig.store.delete("default")
    rig.clock.advance(30)

    assert rig.call("access_token") == renewed


@pytest.mark.parametrize(("scope", "recorded"), [("read", "read"), (None, "read write")])
def test_a_scope_that_a_refresh_changed_is_recorded(rig: "Rig", scope: str | None, recorded: str) -> None:
    standard = StandardRig(rig)
    standard.login("work", scope="read write")
    standard.server.token = json_response(200, GRANT | ({"scope": scope} if scope else {}))
    standard.call("refresh", "work")

    assert (rig.profiles.load("work") or {})["scope"] == recorded


def test_promptvms_profiles_get_no_scope_from_a_refresh(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    write_profile(rig, rig.fields()["expires_at"], scope="theirs")
    renew(rig, scope="ours")

    assert (rig.profiles.load("default") or {})["scope"] == "theirs"


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
def test_a_second_ctrl_c_tells_that_a_renewal_is_finished_first(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[Callable[[], None]] = []

    def start(run: Callable[[], None], _arguments: tuple[()]) -> None:
        threads.append(run)

    monkeypatch.setattr(held_signals, "start_new_thread", start)
    moment = Interrupted(rig, "request")

    def act() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        hold = current_hold()
        assert hold is not None
        assert hold.signals is not None
        hold.signals.stop()  # so that the thread has an end before the work has
        threads.pop()()

    rig.call("login", flow="browser")
    rig.events.clear()
    moment.act = act
    with pytest.raises(KeyboardInterrupt):
        rig.call("refresh", client=rig.make(**moment.ports()))

    (told,) = (event for event in rig.events if isinstance(event, InterruptDelayed))
    assert (told.profile, told.work) == ("default", "the renewal")
    assert 0 < told.seconds <= 30
