"""Which login flow, and why: a pure function of the environment."""

from collections.abc import Mapping
from typing import NamedTuple

from .errors import ConfigurationError

AUTO = "auto"
BROWSER = "browser"
DEVICE = "device"

_REMOTE = ("SSH_CONNECTION", "SSH_CLIENT", "CI", "CODESPACES")
_OFF = frozenset({"", "0", "false", "no"})


class Plan(NamedTuple):
    """A flow and the reason for it.

    Attributes:
        flow: `browser` or `device`.
        reason: half a sentence for the person.
    """

    flow: str
    reason: str


def plan_login(flow: str, environ: Mapping[str, str], platform: str) -> Plan:
    """Give the plan for a login.

    Args:
        flow: `browser` or `device` as the caller wants it, or `auto`.
        environ: the environment variables.
        platform: as `sys.platform` names it.

    Raises:
        ConfigurationError: there is no such flow.
    """
    if flow in {BROWSER, DEVICE}:
        return Plan(flow, "it was asked for")
    if flow != AUTO:
        raise ConfigurationError("the login flow is 'auto', 'browser' or 'device'")
    return choose_flow(environ, platform)


def choose_flow(environ: Mapping[str, str], platform: str) -> Plan:
    """Choose how to log in where the caller left it open.

    Args:
        environ: the environment variables.
        platform: as `sys.platform` names it.
    """
    if environ.get("PROMPTVM_HEADLESS", "").lower() not in _OFF:
        return Plan(DEVICE, "PROMPTVM_HEADLESS is set")
    remote = next((name for name in _REMOTE if environ.get(name)), None)
    if remote is not None:
        return Plan(DEVICE, f"{remote} is set, so a browser here would not be the person's own")
    if platform.startswith("linux") and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        if environ.get("WSL_DISTRO_NAME") or environ.get("BROWSER"):
            return Plan(BROWSER, "a browser is named or reachable without a display")
        return Plan(DEVICE, "there is no display for a browser")
    return Plan(BROWSER, "a browser can be opened here")
