"""Diagnoses how a login would run here and what would prevent it. Nothing is opened, written or signed in."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from ...ports.http import HttpRequest
from ...ports.profiles import Users
from ...ports.timeouts import DOCTOR_REQUEST
from ..account import environment_credential
from ..errors import (
    ConfigurationError,
    InvalidProfileName,
    ProfileError,
    PromptVMAuthError,
    StoreError,
    TransportError,
)
from ..plan import AUTO, FLOWS, Plan, plan_login
from ..profile import DEFAULT_PROFILE
from ..url import DEFAULT_BASE_URL
from .login import offered_flows

if TYPE_CHECKING:
    from ...ports.clock import Clock
    from ...ports.environment import Environment
    from ...ports.http import Http
    from ...ports.secrets import ProbedSecretStore
    from ..account import Account
    from .client import Client
    from .client_ports import MachinePorts

FORWARDED_PORT = 18623
"""The callback port of the suggested SSH command: below the ports that systems assign automatically."""

NO_SERVER = DEFAULT_BASE_URL
"""The server of a client that is used to examine the machine alone; it is not asked."""

UNKNOWN_HOST = "HOST"
"""What the suggested SSH command has in place of a host that is not known."""

_SSH_PORT = "22"
_USER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Checked(NamedTuple):
    """A store or a server that was checked.

    Attributes:
        name: its name or base URL.
        problem: why it cannot be used; empty if it can.
    """

    name: str
    problem: str


class Diagnosis(NamedTuple):
    """The result of a diagnosis.

    Attributes:
        here: where the program runs.
        plan: the flow that a login would use, and why; None if no flow is possible, for the reason in `server`.
        stores: the token stores in order of preference, each with its problem.
        server: the server's base URL, with the reason if it could not be reached; None if it was not asked.
        skew: seconds that this machine's clock is ahead of the server's, accurate to about 1 s; None if unknown.
        network: the network settings of the environment, as names and values without passwords.
        tunnel: the command that forwards the callback port if the user is connected by SSH, else the empty text.
        profile: the profile of a login, with the reason if it or the configuration cannot be read; None if it was not
            read.
        problem: what is wrong with the arguments or the environment variables; empty if nothing is. If they are such
            that there is no client, only the machine was examined.
    """

    here: Environment
    plan: Plan | None
    stores: tuple[Checked, ...]
    server: Checked | None
    skew: float | None
    network: tuple[tuple[str, str], ...]
    tunnel: str
    profile: Checked | None = Checked(DEFAULT_PROFILE, "")
    problem: str = ""


class _Found(NamedTuple):
    """The profile name, the server, the server's flows for a login, and what is wrong with the configuration."""

    name: str
    server: Checked
    offers: tuple[str, ...]
    problem: str = ""


async def make_diagnosis(client: Client, machine: MachinePorts, profile: str | None, problem: str = "") -> Diagnosis:
    """Checks everything that a login depends on; a failed check does not prevent the others.

    Args:
        client: the client that would log in.
        machine: further ports to check.
        profile: the profile's name; None means the active one.
        problem: why the client is not one that could log in, so that only the machine is examined; usually empty.

    Raises:
        InvalidProfileName: the profile's name is invalid.
    """
    if problem:
        return _of_machine(client, machine, problem)
    found = await _find(client, profile)
    online, login = client.login_ports
    here = login.look_around(await login.flows.load(found.name))
    reached, skew = await _ask(online.http, client.stored.clock, found.server)
    try:
        plan = plan_login(AUTO, here, found.offers)
    except ConfigurationError as error:
        plan, reached = None, Checked(reached.name, reached.problem or str(error))
    return Diagnosis(
        here,
        plan,
        tuple([await _probed(store) for store in machine.candidate_stores]),
        reached,
        skew,
        machine.network_settings(reached.name),
        _tunnel(here, machine),
        await _read(client, found.name),
        found.problem or _keys(client),
    )


def _of_machine(client: Client, machine: MachinePorts, problem: str) -> Diagnosis:
    _, login = client.login_ports
    here = login.look_around("")
    network = machine.network_settings(NO_SERVER)
    return Diagnosis(here, plan_login(AUTO, here), (), None, None, network, _tunnel(here, machine), None, problem)


async def _find(client: Client, profile: str | None) -> _Found:
    """Returns the server of a login; if it cannot be found, its `problem` says why.

    Raises:
        InvalidProfileName: the profile's name is invalid.
    """
    resolver, configured = client.resolver, client.stored.configuration
    named = configured.issuer or configured.api_url
    name = profile or DEFAULT_PROFILE
    try:
        recorded = await resolver.profile_to_log_in(profile)
        name, named = recorded.name, named or recorded.shown_base_url
        account: Account = await resolver.for_login(profile)
        server = await account.server()
    except InvalidProfileName:
        raise
    except ConfigurationError as error:
        return _Found(name, Checked(named or DEFAULT_BASE_URL, ""), FLOWS, str(error))
    except ProfileError:  # `_read` tells it
        return _Found(name, Checked(named or DEFAULT_BASE_URL, ""), FLOWS)
    except PromptVMAuthError as error:
        return _Found(name, Checked(named or DEFAULT_BASE_URL, str(error)), FLOWS)
    return _Found(name, Checked(server.base_url, ""), offered_flows(server))


async def _read(client: Client, name: str) -> Checked:
    """Returns whether a profile can be read, and the configuration if the client has an active profile."""
    try:
        if client.stored.configuration.users is Users.ONE:
            await client.stored.profiles.active()
        await client.stored.profiles.load(name)
    except PromptVMAuthError as error:
        return Checked(name, str(error))
    return Checked(name, "")


def _keys(client: Client) -> str:
    """Returns why the API key of the environment cannot be used; empty if it can, or if there is none."""
    try:
        environment_credential(client.stored.configuration)
    except ConfigurationError as error:
        return str(error)
    return ""


def _tunnel(here: Environment, machine: MachinePorts) -> str:
    return tunnel(here, machine.user) if here.ssh else ""


async def _ask(http: Http, clock: Clock, server: Checked) -> tuple[Checked, float | None]:
    request = HttpRequest("GET", f"{server.name}/", {"Accept": "application/json"}, timeout=DOCTOR_REQUEST)
    try:
        response = await http.send(request)
    except TransportError as error:
        return Checked(server.name, server.problem or str(error)), None
    return server, clock_skew(response.headers.get("date", ""), clock.now())


def clock_skew(date: str, now: float) -> float | None:
    """Returns the seconds by which `now` is ahead of a `Date` header (RFC 9110 §6.6.1), or None if it is invalid."""
    from email.utils import parsedate_to_datetime

    with suppress(ValueError, TypeError, OverflowError):
        return now - parsedate_to_datetime(date[:100]).timestamp()
    return None


async def _probed(store: ProbedSecretStore) -> Checked:
    try:
        await store.probe()
    except StoreError as error:
        return Checked(store.name, str(error).removeprefix(f"{store.name}: "))
    except PromptVMAuthError as error:
        return Checked(store.name, str(error))
    return Checked(store.name, "")


def tunnel(here: Environment, user: str) -> str:
    """Returns the command that the user runs on their own machine to forward the callback port (ssh(1), `-L`).

    What the user called this machine is not known here. SSH_CONNECTION has the address that it was reached at, which
    may be one behind a router or in a container; then the command has the word HOST in its place.

    Args:
        here: where the program runs.
        user: the name of the user on this machine; empty if it is not known.
    """
    words = here.environ.get("SSH_CONNECTION", "").split()
    client, host, port = (words[0], words[2], words[3]) if len(words) == 4 else ("", "", "")  # noqa: PLR2004 (sshd(8): both ends, each twice)
    known = not here.container and _is_reachable(host, client)
    other_port = f"-p {port} " if known and port.isdecimal() and port != _SSH_PORT else ""
    name = f"{user}@" if _USER_NAME.fullmatch(user) else ""
    return f"ssh -L {FORWARDED_PORT}:127.0.0.1:{FORWARDED_PORT} {other_port}{name}{host if known else UNKNOWN_HOST}"


def _is_reachable(host: str, client: str) -> bool:
    """Returns whether the client can have reached a host by its own address: both are public, or both are private."""
    try:
        ours, theirs = ip_address(host), ip_address(client)
    except ValueError:
        return False
    if ours.is_loopback or ours.is_link_local:
        return False
    return ours.is_global or not theirs.is_global
