"""Diagnoses how a login would run here and what would prevent it. Nothing is opened, written or signed in."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from ...ports.http import HttpRequest
from ...ports.profiles import Users
from ...ports.timeouts import DOCTOR_REQUEST
from ..errors import ConfigurationError, ProfileError, PromptVMAuthError, StoreError, TransportError
from ..plan import AUTO, FLOWS, Plan, plan_login
from ..profile import DEFAULT_PROFILE
from ..url import DEFAULT_BASE_URL
from .login import offered_flows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...ports.clock import Clock
    from ...ports.environment import Environment
    from ...ports.http import Http
    from ...ports.secrets import ProbedSecretStore
    from ..account import Account
    from .client import Client
    from .client_ports import MachinePorts

FORWARDED_PORT = 18623
"""The callback port of the suggested SSH command: below the ports that systems assign automatically."""

_SSH_PORT = "22"


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
        server: the server's base URL, with the reason if it could not be reached.
        skew: seconds that this machine's clock is ahead of the server's, accurate to about 1 s; None if unknown.
        network: the network settings of the environment, as names and values without passwords.
        tunnel: the command that forwards the callback port if the user is connected by SSH, else the empty text.
        profile: the profile of a login, with the reason if it or the configuration cannot be read.
    """

    here: Environment
    plan: Plan | None
    stores: tuple[Checked, ...]
    server: Checked
    skew: float | None
    network: tuple[tuple[str, str], ...]
    tunnel: str
    profile: Checked = Checked(DEFAULT_PROFILE, "")


class _Found(NamedTuple):
    """The profile name, the server and the server's flows for a login."""

    name: str
    server: Checked
    offers: tuple[str, ...]


async def make_diagnosis(client: Client, machine: MachinePorts, profile: str | None) -> Diagnosis:
    """Checks everything that a login depends on; a failed check does not prevent the others.

    Args:
        client: the client that would log in.
        machine: further ports to check.
        profile: the profile's name; None means the active one.

    Raises:
        ConfigurationError: the configuration itself is invalid.
    """
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
        tunnel(here.environ, machine.hostname) if here.ssh else "",
        await _read(client, found.name),
    )


async def _find(client: Client, profile: str | None) -> _Found:
    """Returns the server of a login; if it cannot be found, its `problem` says why."""
    resolver, configured = client.resolver, client.stored.configuration
    named = configured.issuer or configured.api_url
    name = profile or DEFAULT_PROFILE
    try:
        recorded = await resolver.profile_to_log_in(profile)
        name, named = recorded.name, named or recorded.shown_base_url
        account: Account = await resolver.for_login(profile)
        server = await account.server()
    except ConfigurationError:
        raise
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


def tunnel(environ: Mapping[str, str], hostname: str) -> str:
    """Returns the command that the user runs on their own machine to forward the callback port (ssh(1), `-L`).

    Args:
        environ: the environment variables.
        hostname: this machine's name, used if the variables do not contain the server's address.
    """
    words = environ.get("SSH_CONNECTION", "").split()
    host, port = (words[2], words[3]) if len(words) == 4 else ("", "")  # noqa: PLR2004 (sshd(8): both ends, each twice)
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        host, port = hostname, _SSH_PORT
    other_port = f"-p {port} " if port.isdecimal() and port != _SSH_PORT else ""
    return f"ssh -L {FORWARDED_PORT}:127.0.0.1:{FORWARDED_PORT} {other_port}{host}"
