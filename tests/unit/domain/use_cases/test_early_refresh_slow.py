"""A server that is slow to renew a token which has not expired: callers go on with that token after two seconds."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import OAuthClient, StoreFailed
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.domain.use_cases import early_refresh
from promptvm_oauth.ports.events import ProblemNoticed, Refreshed

from .test_refresh_early import HOUR, SlowHttp, refreshes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from promptvm_oauth.ports.events import Event

    from .conftest import Rig


class Scene:
    """A client whose refresh is under way, for a token that has not expired.

    Attributes:
        old: the token.
        told: what the listener was told meanwhile.
    """

    def __init__(self, rig: "Rig", store: MemoryStore | None = None) -> None:
        rig.call("login", flow="browser", client=rig.make(secrets=store) if store else None)
        rig.clock.advance(HOUR - 30)
        self.told: list[Event] = []
        self.http = SlowHttp(rig)
        given = {"secrets": store} if store else {}
        self.client = rig.make(http=self.http, on_event=self.told.append, **given)
        self.rig = rig

    def tokens(self, calls: int = 3) -> list[str]:
        """Asks for a token a few times during the refresh, then lets the refresh end and closes the client."""
        client = self.client
        if isinstance(client, OAuthClient):
            with ThreadPoolExecutor(1) as pool:
                try:
                    return [pool.submit(client.access_token).result(10) for _ in range(calls)]
                finally:
                    self.http.let_go.set()
                    client.close()

        async def asked() -> list[str]:
            try:
                return [await client.access_token() for _ in range(calls)]
            finally:
                self.http.let_go.set()
                await client.aclose()

        return asyncio.run(asked())


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_refresh, "EARLY_WAIT", 0.01)


def test_the_old_token_is_handed_out_and_the_new_one_is_saved_in_the_background(rig: "Rig") -> None:
    scene = Scene(rig)
    old = rig.fields()["access_token"]

    assert scene.tokens() == [old] * 3

    assert rig.fields()["access_token"] != old
    assert [type(event) for event in scene.told] == [Refreshed]
    assert rig.call("access_token") == rig.fields()["access_token"]
    assert refreshes(rig) == 1


def test_a_rejection_in_the_background_is_told_and_the_token_is_used_until_it_expires(rig: "Rig") -> None:
    scene = Scene(rig)
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))

    assert scene.tokens() == [rig.fields()["access_token"]] * 3

    (told,) = scene.told
    assert isinstance(told, ProblemNoticed)
    assert "log in again" in told.problem


def test_an_outage_in_the_background_is_not_told(rig: "Rig") -> None:
    scene = Scene(rig)
    rig.server.queue_fault("token", Answer(503, b"busy"))

    assert scene.tokens() == [rig.fields()["access_token"]] * 3
    assert not scene.told


class Full(MemoryStore):
    """A store that takes no tokens for a while."""

    full = False

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        if self.full:
            raise StoreFailed("no space left", store=self.name)
        super().save(profile, fields)

    def rehearse(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Notices nothing."""


def test_tokens_that_the_background_could_not_save_are_told_and_saved_by_the_next_call(rig: "Rig") -> None:
    store = Full()
    scene = Scene(rig, store)
    store.full = True
    scene.tokens()
    (told,) = scene.told
    assert isinstance(told, ProblemNoticed)
    assert "no space left" in told.problem

    store.full = False
    token = rig.call("access_token", client=scene.client)
    assert token == (store.load("default") or {})["access_token"]
    assert refreshes(rig) == 1


@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
def test_the_main_thread_waits_since_signals_are_held_back_only_there(rig: "Rig") -> None:
    scene = Scene(rig)

    def let_go() -> None:
        assert scene.http.under_way.wait(10)
        scene.http.let_go.set()

    thread = threading.Thread(target=let_go)
    thread.start()
    token = rig.call("access_token", client=scene.client)
    thread.join()
    assert token == rig.fields()["access_token"]
    assert refreshes(rig) == 1
