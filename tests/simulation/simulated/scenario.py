"""A scenario: what is stored at first, which processes run, and what they do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from promptvm_oauth.domain.use_cases.login_request import LoginRequest
from promptvm_oauth.ports.errors import PromptVMAuthError
from promptvm_oauth.ports.http import HttpRequest

from .ports import SimulatedPorts
from .programs import Program
from .schedule import take_all
from .server import Grant
from .times import LIFETIME, PAST, START
from .world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

    from .other_client import OtherClient
    from .ports import Change
    from .processes import Process

HOME = "https://api.promptvm.ai"
ELSEWHERE = "https://api.elsewhere.test"

RETURN = "http://127.0.0.1:7777/callback"
"""Where the browser returns to after a login."""


@dataclass(frozen=True)
class Login:
    """A login from before the start, whose access token has expired.

    Attributes:
        profile: the name of its profile.
        user: whose it is.
        store: the store that has it.
        origin: the server that granted it.
    """

    profile: str
    user: str
    store: str
    origin: str = HOME


@dataclass(frozen=True)
class Caller:
    """A program that uses a client.

    Attributes:
        name: the name of its process.
        store: the store: `file`, `keychain` or `auto`.
        calls: what it does, one after the other; an error of a call does not stop the next one.
        asynchronous: whether it has an event loop.
        base_url: the server that the client is configured for; None means the profile's.
        change: puts a fault into its ports, that the simulation must find.
    """

    name: str
    store: str
    calls: tuple[Callable[[SimulatedPorts], Awaitable[None]], ...]
    asynchronous: bool = False
    base_url: str | None = None
    change: Change | None = None

    def program(self, index: int) -> Program:
        """Returns it as a program."""
        return Program(self.name, index, self._main, asynchronous=self.asynchronous)

    def _main(self, process: Process) -> Coroutine[Any, Any, None]:
        return self._call_all(SimulatedPorts(process, self.store, self.base_url, self.change))

    async def _call_all(self, ports: SimulatedPorts) -> None:
        for call in self.calls:
            try:
                await call(ports)
            except PromptVMAuthError as error:
                ports.process.notes.append(("failed", error.needs_login, repr(error)))
        await ports.close()


@dataclass(frozen=True)
class Scenario:
    """One scenario.

    Attributes:
        name: its name.
        logins: the logins from before the start.
        callers: the programs.
        revokes_families: whether the server ends a session whose refresh token is presented twice.
        preemptions: how many of them are tried, everywhere.
        faults: how many of them are tried, everywhere.
        store: the store of the program that looks for the logins afterwards.
        signs_out: whether a program signs out, so that a login may be gone afterwards.
    """

    name: str
    logins: tuple[Login, ...]
    callers: tuple[Caller | OtherClient, ...]
    revokes_families: bool = True
    preemptions: int = 2
    faults: int = 1
    store: str = "auto"
    signs_out: bool = False

    def world(self) -> World:
        """Returns the world at its start."""
        world = World(revokes_families=self.revokes_families)
        world.signs_out = self.signs_out
        world.falls_back = self.store == "auto"
        for login in self.logins:
            _sign_in_before(world, login)
        for index, caller in enumerate(self.callers):
            world.add(caller.program(index))
        return world

    def with_preemptions(self, preemptions: int) -> Scenario:
        """Returns the same with another number of preemptions."""
        return replace(self, preemptions=preemptions)

    def verdicts(self, world: World) -> tuple[tuple[str, str], ...]:
        """Returns for each profile whether a program that starts after all others gets a token.

        Returns:
            Pairs of a profile and an error's text, which is empty if it gets a token.
        """
        return tuple(
            (profile, self._verdict(world.copy(), profile)) for profile in {one.profile for one in self.logins}
        )

    def _verdict(self, world: World, profile: str) -> str:
        errors: list[str] = []

        async def try_it(ports: SimulatedPorts) -> None:
            try:
                await ask(ports, profile)
            except PromptVMAuthError as error:
                errors.append(repr(error))

        world.now += 2 * LIFETIME
        caller = Caller("afterwards", self.store, (try_it,))
        world.add(caller.program(len(world.programs)))
        take_all(world)
        return errors[0] if errors else ""


async def ask(ports: SimulatedPorts, profile: str = "work") -> None:
    """Asks for a token and makes an API request with it."""
    notes = ports.process.notes
    notes.append(("calls",))
    signing = ports.made.signing(profile, frozenset())
    url = f"{ports.stored.configuration.base_url or HOME}/api/v1/me"
    headers = await signing.sign(url)
    if headers is None:
        return
    ports.process.notes.append(("got token", profile, headers["Authorization"].removeprefix("Bearer ")))
    await ports.online().http.send(HttpRequest("GET", url, headers))


async def sign_in(ports: SimulatedPorts, profile: str, user: str) -> None:
    """Signs a user in."""
    client = ports.made
    pending = await client.begin_login(LoginRequest(profile=profile), RETURN)
    await client.finish_login(pending, f"{RETURN}?code=code-{user}&state={pending.state.reveal()}")


async def sign_in_as_ada(ports: SimulatedPorts) -> None:
    """Signs the user in who is signed in already."""
    await sign_in(ports, "work", "ada")


async def sign_in_as_eve(ports: SimulatedPorts) -> None:
    """Signs another user in."""
    await sign_in(ports, "work", "eve")


def _sign_in_before(world: World, login: Login) -> None:
    template = _after_login(login, len(world.grants))
    disk = template.disk
    world.disk.files |= disk.files
    world.disk.items |= disk.items
    world.disk.profiles |= disk.profiles
    world.disk.active = disk.active
    granted = template.grants[-1]
    world.grants.append(granted._replace(process=-1, granted_at=-1))
    world.saved |= {granted.number}
    world.named |= {profile: ((-1, named[-1][1]),) for profile, named in template.named.items()}


@cache
def _after_login(login: Login, before: int) -> World:
    """Returns a world after a login.

    Args:
        login: the login.
        before: how many pairs were granted before.
    """
    world = World(revokes_families=True)
    world.grants += [Grant(number, login.origin, "", "", 0.0, -1, -1) for number in range(before)]
    world.now = START - LIFETIME - PAST

    async def call(ports: SimulatedPorts) -> None:
        ports.process.now = world.now
        await sign_in(ports, login.profile, login.user)

    base_url = None if login.origin == HOME else login.origin
    world.add(Caller("login", login.store, (call,), base_url=base_url).program(0))
    take_all(world)
    assert not world.violations, world.violations
    assert world.locals[0].error is None, world.locals[0].error
    return world


async def sign_out(ports: SimulatedPorts, profile: str = "work") -> None:
    """Signs out, and ends the session at the server."""
    await ports.made.logout(profile, revoke=True)


async def ask_at_once(ports: SimulatedPorts) -> None:
    """Asks for a token in two tasks at once."""
    await asyncio.gather(ask(ports), ask(ports))


async def load_pair(ports: SimulatedPorts) -> None:
    """Asks for the stored pair."""
    pair = await ports.made.steps.load_tokens("work")
    refresh = pair.refresh_token.reveal() if pair.refresh_token else None
    expires_at = pair.expires_at.timestamp() if pair.expires_at else None
    ports.process.notes.append(("got pair", pair.access_token.reveal(), refresh, expires_at))
