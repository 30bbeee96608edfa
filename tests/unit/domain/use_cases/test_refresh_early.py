"""A token that is about to expire: one caller renews it, the others go on with it."""

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient, RefreshRejected
from promptvm_oauth.devserver.faults import Answer, Drop

if TYPE_CHECKING:
    from promptvm_oauth.ports.http import HttpRequest, HttpResponse

    from .conftest import Rig

HOUR = 3600.0


@pytest.fixture
def early(rig: "Rig") -> "Rig":
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR - 30)
    return rig


def refreshes(rig: "Rig") -> int:
    return rig.server.count("token", grant_type="refresh_token")


def test_a_single_caller_gets_a_new_token_before_the_old_one_is_over(early: "Rig") -> None:
    old = early.fields()["access_token"]
    client = early.make()
    token = early.call("access_token", client=client)
    assert token == early.fields()["access_token"] != old
    assert early.call("access_token", client=client) == token
    assert refreshes(early) == 1


class SlowHttp:
    """Holds a refresh until it is let go, and says that it is under way."""

    def __init__(self, rig: "Rig") -> None:
        self.under_way = threading.Event()
        self.let_go = threading.Event()
        self._rig = rig

    async def send(self, request: "HttpRequest") -> "HttpResponse":
        self.under_way.set()
        if self._rig.colour == "asyncio":
            await asyncio.to_thread(self.let_go.wait, 10)
        else:
            assert self.let_go.wait(10)
        return await self._rig.server.send(request)

    async def close(self) -> None:
        """Hold nothing."""


@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
@pytest.mark.parametrize("process", ["this", "another"])
def test_while_one_thread_renews_the_others_keep_the_token(early: "Rig", process: str) -> None:
    old, http = early.fields()["access_token"], SlowHttp(early)
    client = cast("OAuthClient", early.make(http=http))
    other = client if process == "this" else cast("OAuthClient", early.make())
    renewed: list[str] = []
    thread = threading.Thread(target=lambda: renewed.append(client.access_token()))
    thread.start()
    assert http.under_way.wait(10)
    try:
        assert [other.access_token() for _ in range(3)] == [old] * 3
    finally:
        http.let_go.set()
        thread.join()
    assert renewed == [early.fields()["access_token"]] != [old]
    assert other.access_token() == renewed[0]
    assert refreshes(early) == 1


@pytest.mark.parametrize("rig", ["asyncio"], indirect=True)
@pytest.mark.parametrize("process", ["this", "another"])
def test_while_one_task_renews_the_others_keep_the_token(early: "Rig", process: str) -> None:
    async def main() -> None:
        old, http = early.fields()["access_token"], SlowHttp(early)
        client = cast("AsyncOAuthClient", early.make(http=http))
        other = client if process == "this" else cast("AsyncOAuthClient", early.make())
        leader = asyncio.ensure_future(client.access_token())
        assert await asyncio.to_thread(http.under_way.wait, 10)
        try:
            assert await asyncio.gather(*(other.access_token() for _ in range(3))) == [old] * 3
        finally:
            http.let_go.set()
        assert await leader == early.fields()["access_token"] != old
        assert await other.access_token() == await leader
        assert refreshes(early) == 1

    asyncio.run(main())


@pytest.mark.parametrize("rig", ["blocking"], indirect=True)
def test_who_was_refused_with_the_old_token_waits_for_the_one_who_renews(early: "Rig") -> None:
    old, http = early.fields()["access_token"], SlowHttp(early)
    client = cast("OAuthClient", early.make(http=http))
    leader = threading.Thread(target=client.access_token)
    leader.start()
    assert http.under_way.wait(10)
    seen: list[str] = []

    def call(token: str) -> None:
        seen.append(token)
        if token == old:
            http.let_go.set()
            raise PermissionError("invalid_token")

    client.with_auto_refresh(call)
    leader.join()
    assert seen == [old, early.fields()["access_token"]]
    assert refreshes(early) == 1


@pytest.mark.parametrize("fault", [Drop(), Answer(503, b"busy")])
def test_an_unreachable_server_costs_nothing_while_the_token_is_good(early: "Rig", fault: Any) -> None:
    old, client = early.fields()["access_token"], early.make()
    early.server.queue_fault("token", fault)
    assert [early.call("access_token", client=client) for _ in range(5)] == [old] * 5
    assert refreshes(early) == len([entry for entry in early.server.log if entry.outcome == "fault"]) == 1

    early.clock.advance(16)
    assert early.call("access_token", client=client) == early.fields()["access_token"] != old


def test_an_unreachable_server_is_an_error_once_the_token_is_over(early: "Rig") -> None:
    client = early.make()
    early.server.queue_fault("token", *[Answer(503, b"busy")] * 20)
    asked = 0
    while refreshes(early) < 20 and asked < 100:
        asked += 1
        early.clock.advance(1)
        with suppress(Exception):
            early.call("access_token", client=client)
            assert asked < 30
    assert asked >= 30


def test_without_a_refresh_token_the_last_minute_is_not_lost(rig: "Rig") -> None:
    rig.server.settings.omit_refresh_token = True
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR - 1)
    assert rig.call("access_token", client=rig.make()) == rig.fields()["access_token"]


def test_a_rejected_refresh_token_is_reported_at_once(early: "Rig") -> None:
    early.end_sessions()
    with pytest.raises(RefreshRejected):
        early.call("access_token", client=early.make())
