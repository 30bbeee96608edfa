"""A login that no store takes: its tokens are in the error, and their session can be ended with them."""

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import OAuthClient, ProfileError, StoreFailed, TokensNotSaved
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.cli import main
from promptvm_oauth.devserver.faults import Drop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .conftest import Rig


class Full(MemoryStore):
    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        raise StoreFailed("no space left", store=self.name)


def unkept(rig: "Rig") -> TokensNotSaved:
    with pytest.raises(TokensNotSaved) as caught:
        rig.call("login", "work", flow="browser", client=rig.make(secrets=Full()))
    return caught.value


def test_its_session_ends_with_its_tokens_and_no_other_does(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    kept = rig.server.auth.live_sessions
    error = unkept(rig)
    assert len(rig.server.auth.live_sessions) == 2

    assert rig.call("revoke_tokens", error.tokens, "work") == ""

    assert rig.server.auth.live_sessions == kept
    assert rig.call("access_token", "work") == rig.fields("work")["access_token"]


def test_a_session_that_cannot_be_ended_is_told(rig: "Rig") -> None:
    error = unkept(rig)
    rig.server.queue_fault("sessions", Drop())
    rig.server.queue_fault("sessions", Drop())

    reason = rig.call("revoke_tokens", error.tokens, "work")

    assert reason
    assert error.tokens.access_token.reveal() not in reason
    assert len(rig.server.auth.live_sessions) == 1


@pytest.mark.parametrize("fault", [False, True])
def test_the_command_ends_the_session_or_says_that_it_may_live_on(
    rig: "Rig", capsys: pytest.CaptureFixture[str], *, fault: bool
) -> None:
    if rig.colour != "blocking":
        return
    if fault:
        rig.server.queue_fault("sessions", Drop())
        rig.server.queue_fault("sessions", Drop())

    client = rig.make(secrets=Full())
    assert isinstance(client, OAuthClient)

    def make(**_: object) -> OAuthClient:
        return client

    code = main(["login", "--profile", "work", "--browser"], make_client=make)

    assert code == 5
    err = " ".join(capsys.readouterr().err.split())
    assert ("The session of this login was ended at the server." in err) is not fault
    assert ("The session of this login may live on at the server:" in err) is fault
    assert "no space left" in err
    assert len(rig.server.auth.live_sessions) == int(fault)


class Unread(MemoryStore):
    """A store whose tokens cannot be read just now."""

    readable = True

    def load(self, profile: str) -> "Mapping[str, str] | None":
        if not self.readable:
            raise StoreFailed("no answer", store=self.name)
        return super().load(profile)

    def delete(self, profile: str) -> None:
        raise AssertionError(profile)


def test_what_could_not_be_read_is_not_deleted_when_the_profile_cannot_be_written(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Unread()
    client = rig.make(secrets=store)
    rig.call("login", "work", flow="browser", client=client)

    def full(name: str, fields: "Mapping[str, str]") -> None:
        raise ProfileError("the disk is full")

    monkeypatch.setattr(rig.profiles, "save", full)
    store.readable = False
    with pytest.raises(TokensNotSaved, match="the disk is full") as caught:
        rig.call("login", "work", flow="browser", client=client)

    store.readable = True
    assert (store.load("work") or {})["access_token"] == caught.value.tokens.access_token.reveal()


def test_the_tokens_of_the_earlier_login_are_put_back_when_the_profile_cannot_be_written(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.call("login", "work", flow="browser")
    earlier = dict(rig.fields("work"))

    def full(name: str, fields: "Mapping[str, str]") -> None:
        raise ProfileError("the disk is full")

    monkeypatch.setattr(rig.profiles, "save", full)
    with pytest.raises(TokensNotSaved, match="the disk is full") as caught:
        rig.call("login", "work", flow="browser")

    assert rig.fields("work") == earlier
    assert caught.value.tokens.access_token.reveal() != earlier["access_token"]


def test_nothing_is_left_in_the_store_of_a_first_login_whose_profile_cannot_be_written(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, fields: "Mapping[str, str]") -> None:
        raise ProfileError("the disk is full")

    monkeypatch.setattr(rig.profiles, "save", full)
    with pytest.raises(TokensNotSaved):
        rig.call("login", "work", flow="browser")

    assert rig.store.load("work") is None


def test_an_interrupt_does_not_replace_the_error_that_has_the_only_copy_of_the_tokens(rig: "Rig") -> None:
    class Interrupting(MemoryStore):
        """A full store, at whose save the user interrupts the program, or the task is cancelled."""

        def save(self, profile: str, fields: "Mapping[str, str]") -> None:
            for interrupt in interrupts:
                interrupt()
            raise StoreFailed("no space left", store=self.name)

    interrupts: list[Callable[[], object]] = []
    client = rig.make(secrets=Interrupting())

    if isinstance(client, OAuthClient):
        interrupts.append(lambda: signal.raise_signal(signal.SIGINT))
        with pytest.raises(TokensNotSaved) as caught:
            client.login("work", flow="browser")
    else:

        async def cancelled() -> None:
            loop = asyncio.get_running_loop()
            task = asyncio.ensure_future(client.login("work", flow="browser"))
            interrupts.append(lambda: loop.call_soon_threadsafe(task.cancel))
            await task

        with pytest.raises(TokensNotSaved) as caught:
            asyncio.run(cancelled())

    assert rig.call("revoke_tokens", caught.value.tokens, "work") == ""
    assert not rig.server.auth.live_sessions
