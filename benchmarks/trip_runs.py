"""Runs whose way through the package is worth recording, and the world in which they are made.

A world is a development server on loopback, a scripted person, and a directory where another profile is in use already.
Its clients block, listen for real and keep tokens in an encrypted file.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING

import requests
from promptvm_oauth import OAuthClient
from promptvm_oauth.devserver import DevServer, Settings
from promptvm_oauth.ports.environment import SIGNS
from promptvm_oauth.ports.events import DeviceCodeIssued
from promptvm_oauth.testing.person import ScriptedPerson

if TYPE_CHECKING:
    from collections.abc import Callable

    from promptvm_oauth.ports.events import Event

    Run = Callable[[], object]

PROFILE = "work"


def forget_surroundings() -> None:
    """Removes the variables by which a login would take another way on some machines."""
    for name in (*SIGNS, "BROWSER", *(name for name in os.environ if name.startswith("PROMPTVM_"))):
        os.environ.pop(name, None)


class World(ExitStack):
    """A server, a directory and a person."""

    def __init__(self) -> None:
        super().__init__()
        self.server = self.enter_context(DevServer(settings=Settings(device_interval=1)))
        self.directory = self.enter_context(tempfile.TemporaryDirectory())
        self.person = ScriptedPerson()
        self.client().login("other", flow="browser")

    def client(self) -> OAuthClient:
        """Returns a new client, as a new process would make one."""
        return self.enter_context(
            OAuthClient(
                base_url=self.server.base_url,
                config_dir=self.directory,
                secrets="file",
                browser=self.person,
                on_event=self._on_event,
            )
        )

    def signed_in(self) -> OAuthClient:
        """Returns a new client of a directory in which the profile is signed in."""
        self.client().login(PROFILE, flow="browser")
        return self.client()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, DeviceCodeIssued):
            self.person.visit(event.verification_uri_complete or event.verification_uri)


def _warm_token(world: World) -> Run:
    client = world.signed_in()
    client.access_token(PROFILE)
    return lambda: client.access_token(PROFILE)


def _stored_token(world: World) -> Run:
    client = world.signed_in()
    return lambda: client.access_token(PROFILE)


def _browser_login(world: World) -> Run:
    client = world.client()
    return lambda: client.login(PROFILE, flow="browser")


def _device_login(world: World) -> Run:
    client = world.client()
    return lambda: client.login(PROFILE, flow="device")


def _refresh(world: World) -> Run:
    client = world.signed_in()
    return lambda: client.refresh(PROFILE)


def _first_request(world: World) -> Run:
    session = world.enter_context(requests.Session())
    session.trust_env = False
    auth, url = world.signed_in().auth(PROFILE), f"{world.server.base_url}/api/v1/protected"
    return lambda: session.get(url, auth=auth, timeout=10).raise_for_status()


def _warm_request(world: World) -> Run:
    run = _first_request(world)
    run()
    return run


def _logout(world: World) -> Run:
    client = world.signed_in()
    return lambda: client.logout(PROFILE)


def _status(world: World) -> Run:
    client = world.signed_in()
    return lambda: client.status(PROFILE)


TRIPS: dict[str, Callable[[World], Run]] = {
    "access_token, warm": _warm_token,
    "access_token, stored": _stored_token,
    "login, browser": _browser_login,
    "login, device": _device_login,
    "refresh": _refresh,
    "auth(), first request": _first_request,
    "auth(), warm": _warm_request,
    "logout": _logout,
    "status": _status,
}
