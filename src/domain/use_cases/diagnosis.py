"""How a login would go here, and what stands in its way. Nothing is opened, written or signed in."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from ...ports.http import HttpRequest
from ...ports.timeouts import DOCTOR_REQUEST
from ..errors import ConfigurationError, PromptVMAuthError, StoreError, TransportError
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
        here: where the program runs.
        plan: the flow that a login would take, and why; None where it cannot be said, `server` then says why.
        stores: the places for tokens, best first, each with its probe.
        server: the API's base URL, with what went wrong on the way to it.
        skew: seconds that this machine's clock is ahead of the server's, to about one; None if it did not say.
        network: settings of the environment that requests obey, as names and values without passwords.
        tunnel: the command that forwards the callback port, where the user came by SSH; else the empty text.
    """

    here: Environment
    plan: Plan | None
    stores: tuple[Checked, ...]
    server: Checked
    skew: float | None
    network: tuple[tuple[str, str], ...]
    tunnel: str


class _Found(NamedTuple):
    """The profile and the server of a login; what could not be found says why."""

    name: str
    server: Checked
    offers: tuple[str, ...]


async def make_diagnosis(client: Client, machine: MachinePorts, profile: str | None) -> Diagnosis:
    """Looks at everything that a login depends on, and goes on past whatever cannot be used.

    Args:
        client: that would log in.
        machine: what else is looked at.
        profile: its name; None means the active one.

    Raises:
        ConfigurationError: what is configured is wrong in itself.
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
    )


async def _find(client: Client, profile: str | None) -> _Found:
    """Finds the server of a login; one that cannot be found is reported, and the rest is looked at all the same."""
    resolver, configured = client.resolver, client.stored.configuration
    named = configured.issuer or configured.api_url
    name = profile or DEFAULT_PROFILE
    try:
        recorded = await resolver.profile(profile)
        name, named = recorded.name, named or recorded.shown_base_url
        account: Account = await resolver.for_login(profile)
        server = await account.server()
    except ConfigurationError:
        raise
    except PromptVMAuthError as error:
        return _Found(name, Checked(named or DEFAULT_BASE_URL, str(error)), FLOWS)
    return _Found(name, Checked(server.base_url, ""), offered_flows(server))


async def _ask(http: Http, clock: Clock, server: Checked) -> tuple[Checked, float | None]:
    request = HttpRequest("GET", f"{server.name}/", {"Accept": "application/json"}, timeout=DOCTOR_REQUEST)
    try:
        response = await http.send(request)
    except TransportError as error:
        return Checked(server.name, server.problem or str(error)), None
    return server, clock_skew(response.headers.get("date", ""), clock.now())


def clock_skew(date: str, now: float) -> float | None:
    """Returns how many seconds `now` is ahead of a `Date` header (RFC 9110 §6.6.1), or None if it is not a date."""
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
        hostname: of this machine, where the variables do not say how it was reached.
    """
    words = environ.get("SSH_CONNECTION", "").split()
    host, port = (words[2], words[3]) if len(words) == 4 else ("", "")  # noqa: PLR2004 (sshd(8): both ends, each twice)
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        host, port = hostname, _SSH_PORT
    other_port = f"-p {port} " if port.isdecimal() and port != _SSH_PORT else ""
    return f"ssh -L {FORWARDED_PORT}:127.0.0.1:{FORWARDED_PORT} {other_port}{host}"
