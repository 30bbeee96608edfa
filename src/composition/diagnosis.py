"""How a login would go here, and what stands in its way. Nothing is opened, written or signed in."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from ..adapters.stores.awaited import AwaitedStore
from ..adapters.system.environment import surroundings
from ..adapters.system.network_settings import network_settings
from ..adapters.system.runner import run_inline
from ..domain.errors import PromptVMAuthError, StoreError, TransportError
from ..domain.plan import AUTO, Plan, plan_login
from ..domain.use_cases.run_blocking import run_blocking
from ..ports.http import HttpRequest
from .blocking import BlockingWiring
from .core import Core
from .stores import choose_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..ports.environment import Surroundings
    from ..ports.secrets import SecretStore
    from .given import Given

TIMEOUT = 10.0
"""Seconds that the server has to answer."""

FORWARDED_PORT = 18623
"""The callback port of the SSH line: below the ports that systems hand out by themselves."""

_SSH_PORT = "22"


class Checked(NamedTuple):
    """Something that was tried.

    Attributes:
        name: what.
        problem: why it cannot be used; empty if it can.
    """

    name: str
    problem: str


class Diagnosis(NamedTuple):
    """What was found.

    Attributes:
        here: the surroundings.
        plan: the flow that a login would take, and why.
        stores: the places for tokens, best first, each with its probe.
        server: the API's base URL, with what went wrong on the way to it.
        skew: seconds that this machine's clock is ahead of the server's, to about one; None if it did not say.
        network: settings of the environment that requests obey, as names and values without passwords.
        tunnel: the command that forwards the callback port, where the person came by SSH; else the empty text.
    """

    here: Surroundings
    plan: Plan
    stores: tuple[Checked, ...]
    server: Checked
    skew: float | None
    network: tuple[tuple[str, str], ...]
    tunnel: str


def diagnose(given: Given, profile: str | None = None) -> Diagnosis:
    """Look at everything that a login depends on.

    Args:
        given: what a client would be made from.
        profile: its name; None means the active one.

    Raises:
        ConfigurationError, ProfileError: what is configured is wrong in itself.
    """
    ports = BlockingWiring(given)
    try:
        return run_blocking(_diagnose(ports, profile))
    finally:
        run_blocking(ports.close())


async def _diagnose(ports: BlockingWiring, profile: str | None) -> Diagnosis:
    environ = ports.configuration.environ
    name, server = await Core(ports).target(profile)
    here = surroundings(environ, ports=ports.given.callback_ports, remembered=await ports.recall_flow(name))
    reached, skew = await _ask(ports, server.base_url)
    return Diagnosis(
        here,
        plan_login(AUTO, here),
        await _probe(ports.given),
        reached,
        skew,
        network_settings(environ, server.base_url),
        tunnel(environ) if here.ssh else "",
    )


async def _ask(ports: BlockingWiring, base_url: str) -> tuple[Checked, float | None]:
    request = HttpRequest("GET", f"{base_url}/", {"Accept": "application/json"}, timeout=TIMEOUT)
    try:
        response = await ports.http.send(request)
    except TransportError as error:
        return Checked(base_url, str(error)), None
    return Checked(base_url, ""), clock_skew(response.headers.get("date", ""), ports.clock.now())


def clock_skew(date: str, now: float) -> float | None:
    """Give how many seconds `now` is ahead of a `Date` header (RFC 9110 §6.6.1), or None if it is none."""
    from email.utils import parsedate_to_datetime

    with suppress(ValueError, TypeError, OverflowError):
        return now - parsedate_to_datetime(date[:100]).timestamp()
    return None


async def _probe(given: Given) -> tuple[Checked, ...]:
    def config_dir() -> str:
        from ..adapters.files.config_dir import config_dir

        return config_dir(os.environ) if given.config_dir is None else os.fspath(given.config_dir)

    chosen = choose_store(given.secrets, config_dir)
    candidates = [store for store in (chosen.keychain, chosen.store) if store is not None]
    return tuple([await _probed(store) for store in candidates])


async def _probed(store: SecretStore) -> Checked:
    lifted = AwaitedStore(store, run_inline, "")
    try:
        await lifted.probe()
    except StoreError as error:
        return Checked(lifted.name, str(error).removeprefix(f"{lifted.name}: "))
    except PromptVMAuthError as error:
        return Checked(lifted.name, str(error))
    return Checked(lifted.name, "")


def tunnel(environ: Mapping[str, str]) -> str:
    """Give the command that the person runs on their own machine to forward the callback port (ssh(1), `-L`)."""
    words = environ.get("SSH_CONNECTION", "").split()
    host, port = (words[2], words[3]) if len(words) == 4 else ("", "")  # noqa: PLR2004 (sshd(8): both ends, each twice)
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        host, port = socket.gethostname(), _SSH_PORT
    other_port = f"-p {port} " if port.isdecimal() and port != _SSH_PORT else ""
    return f"ssh -L {FORWARDED_PORT}:127.0.0.1:{FORWARDED_PORT} {other_port}{host}"
