"""A login in a real thread or task, against a real server, ends at once while it waits for its user."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from promptvm_oauth import AsyncOAuthClient, Cancellation, LoginCancelled, OAuthClient
from promptvm_oauth.devserver import DevServer
from promptvm_oauth.ports.events import Event, Waiting

AT_ONCE = 1.0
"""Seconds that a cancelled login may take on a busy machine; uncancelled, it waits 5 seconds or more."""

FLOWS = pytest.mark.parametrize("flow", ["browser", "device", "paste"])
pytestmark = pytest.mark.usefixtures("without_display", "silent_input")


@pytest.fixture
def silent_input(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Puts a pipe in the place of the standard input, into which nothing is written."""
    read, write = os.pipe()
    with open(read, encoding="utf-8") as stream, open(write, "w", encoding="utf-8"):
        monkeypatch.setattr("sys.stdin", stream)
        yield


class Scene:
    """A client whose user never comes, and what tells that it waits."""

    def __init__(self, kind: Callable[..., Any], server: DevServer) -> None:
        self.waits = threading.Event()
        self.client = kind(
            base_url=server.base_url, app_url=server.base_url, secrets="memory", on_event=self.hear, callback_ports=()
        )

    def hear(self, event: Event) -> None:
        if isinstance(event, Waiting):
            self.waits.set()


@FLOWS
@pytest.mark.parametrize("way", ["client", "close", "object"])
def test_a_thread_that_waits_for_its_user_is_freed(dev_server: DevServer, flow: str, way: str) -> None:
    scene, own, raised = Scene(OAuthClient, dev_server), Cancellation(), list[BaseException]()

    def log_in() -> None:
        try:
            scene.client.login(flow=flow, open_browser=False, cancellation=own)
        except LoginCancelled as error:
            raised.append(error)

    thread = threading.Thread(target=log_in, daemon=True)
    thread.start()
    assert scene.waits.wait(30)
    started = time.monotonic()
    {"client": scene.client.cancel, "close": scene.client.close, "object": own.cancel}[way]()
    thread.join(30)

    assert time.monotonic() - started < AT_ONCE
    assert [str(error) for error in raised] == ["the login was cancelled; nothing was stored"]


@FLOWS
@pytest.mark.parametrize("way", ["client", "close", "object", "another thread"])
def test_a_task_that_waits_for_its_user_is_freed(dev_server: DevServer, flow: str, way: str) -> None:
    scene, own = Scene(AsyncOAuthClient, dev_server), Cancellation()

    async def play() -> float:
        login = asyncio.create_task(scene.client.login(flow=flow, open_browser=False, cancellation=own))
        await asyncio.to_thread(scene.waits.wait, 30)
        started = time.monotonic()
        if way == "close":
            await scene.client.aclose()
        elif way == "another thread":
            await asyncio.to_thread(scene.client.cancel)
        else:
            {"client": scene.client.cancel, "object": own.cancel}[way]()
        with pytest.raises(LoginCancelled):
            await login
        return time.monotonic() - started

    assert asyncio.run(play()) < AT_ONCE
