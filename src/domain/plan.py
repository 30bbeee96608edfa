"""Chooses the login flow, with reasons: a pure function of the environment and of the flows that the server offers.

The rules are one table (RFC 8252 §7.3, RFC 8628 §1). The first rule that applies decides; later rules that apply and
choose the same flow add their reasons.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from attrs import frozen

from ..ports.environment import CLOUD_VARIABLES, SSH_VARIABLES, Environment
from .errors import BrowserError, ConfigurationError, EndpointUnknown, ListenerError, OAuthError, PromptVMAuthError

AUTO = "auto"
BROWSER = "browser"
DEVICE = "device"
PASTE = "paste"

FLOWS = (BROWSER, DEVICE, PASTE)
"""The flows of a login; `auto` chooses one of them."""

_NAMES = {BROWSER: "browser flow", DEVICE: "device flow", PASTE: "paste flow"}
_REFUSED_TO_CLIENT = frozenset({"unauthorized_client", "unsupported_grant_type"})


@frozen
class Rule:
    """One rule of the table.

    Attributes:
        flow: the flow that it chooses.
        reason: half a sentence for the user; `{variable}` and `{port}` are filled in.
        variables: the rule applies only if one of these environment variables is set and not switched off.
        holds: a further condition, or None.
        own_browser: whether a browser opened on this machine is the user's own.
        place: what decides, in two or three words for a line that is read at a glance; empty for the usual case.
    """

    flow: str
    reason: str
    variables: tuple[str, ...] = ()
    holds: Callable[[Environment], bool] | None = None
    own_browser: bool = True
    place: str = ""

    def why(self, here: Environment) -> str:
        """Returns the reason, or the empty text if the rule does not apply."""
        variable = here.on(*self.variables)
        if (self.variables and not variable) or (self.holds is not None and not self.holds(here)):
            return ""
        return self.reason.format(variable=variable, port=next(iter(here.ports), ""))


RULES: tuple[Rule, ...] = (
    Rule(DEVICE, "{variable} is set", ("PROMPTVM_HEADLESS",), place="PROMPTVM_HEADLESS"),
    Rule(
        DEVICE,
        "{variable} is set: no user is at this machine's screen; scripts should use an API key",
        ("CI",),
        place="CI",
    ),
    Rule(
        BROWSER,
        "{variable} is set and port {port} is fixed, so your own browser can reach it through an SSH tunnel",
        SSH_VARIABLES,
        lambda here: bool(here.ports),
        own_browser=False,
        place="SSH session with a fixed port",
    ),
    Rule(DEVICE, "{variable} is set, so a browser here would not be your own", SSH_VARIABLES, place="SSH session"),
    Rule(
        DEVICE,
        "the display is forwarded by SSH, where a browser is slow",
        SSH_VARIABLES,
        lambda here: here.environ.get("DISPLAY", "").startswith("localhost:"),
    ),
    Rule(
        DEVICE,
        "{variable} is set: this machine is in the cloud, and your browser cannot reach its loopback address",
        CLOUD_VARIABLES,
        place="cloud machine",
    ),
    Rule(
        DEVICE,
        "{variable} is set: the editor's window is outside of this container",
        ("REMOTE_CONTAINERS",),
        place="dev container",
    ),
    Rule(
        BROWSER,
        "this is WSL, and a Windows browser can reach its loopback address",
        holds=lambda here: here.wsl,
        place="WSL",
    ),
    Rule(
        DEVICE,
        "{variable} is set: the editor's window is on another machine",
        ("VSCODE_IPC_HOOK_CLI",),
        place="remote editor",
    ),
    Rule(BROWSER, "BROWSER names a browser", holds=lambda here: here.named_browser),
    Rule(BROWSER, "a browser can be opened here", holds=lambda here: here.display),
    Rule(DEVICE, "there is no display for a browser", holds=lambda here: not here.display, place="no display"),
    Rule(
        DEVICE,
        "BROWSER names a text browser, which would take over the terminal",
        holds=lambda here: here.text_browser and not here.display,
    ),
    Rule(DEVICE, "this is a container", holds=lambda here: here.container),
    Rule(DEVICE, "the notebook's kernel has no screen of its own", holds=lambda here: here.notebook),
    Rule(DEVICE, "there is no terminal", holds=lambda here: not here.terminal),
)
"""In order of precedence. One of the two rules about the display always applies."""


class Plan(NamedTuple):
    """A flow and the reasons for it.

    Attributes:
        flow: `browser`, `device` or `paste`.
        reasons: half sentences for the user; the first one decided.
        opens: whether a browser may be opened here; if not, the URL is only shown.
        invites_paste: whether the browser probably runs on a machine that cannot reach this one, so that the user may
            have to paste the callback URL.
        chosen: whether `auto` chose the flow, so that another one may be chosen if it cannot start.
        offers: the flows that the server offers.
        place: what decided, in two or three words; empty in the usual case and for a fixed flow.
    """

    flow: str
    reasons: tuple[str, ...]
    opens: bool = True
    invites_paste: bool = False
    chosen: bool = False
    offers: tuple[str, ...] = FLOWS
    place: str = ""

    @property
    def reason(self) -> str:
        """All reasons, in one sentence."""
        return "; ".join(self.reasons)

    def instead(self, error: PromptVMAuthError) -> "Plan | None":
        """Returns the plan to continue with after an error, or None if the error is final; it has no fallback itself.

        Only a flow that `auto` chose is replaced: a browser flow whose listener or browser could not be opened, and a
        device flow that the server does not allow this client (RFC 6749 §5.2). A login that timed out is not.
        """
        if not self.chosen:
            return None
        if self.flow == BROWSER and isinstance(error, BrowserError | ListenerError) and DEVICE in self.offers:
            why = str(error) if isinstance(error, BrowserError) else f"the browser login could not start: {error}"
            return Plan(DEVICE, (why,), offers=self.offers)
        refused = isinstance(error, OAuthError) and error.code in _REFUSED_TO_CLIENT
        if self.flow == DEVICE and refused and PASTE in self.offers:
            why = f"the server refuses the device flow to this client: {error}"
            return Plan(PASTE, (why,), opens=False, invites_paste=True, offers=self.offers)
        return None


def plan_login(flow: str, here: Environment, offers: Collection[str] = FLOWS) -> Plan:
    """Plans a login.

    Args:
        flow: `browser`, `device`, `paste` or `auto`.
        here: where the program runs.
        offers: the flows for which the server has endpoints.

    Raises:
        ConfigurationError: there is no such flow.
        EndpointUnknown: the server does not offer it; the message names the flows that it offers.
    """
    offered = tuple(known for known in FLOWS if known in offers)
    if flow not in (AUTO, *FLOWS):
        raise ConfigurationError("the login flow is 'auto', 'browser', 'device' or 'paste'")
    if not offered or (flow != AUTO and flow not in offered):
        raise EndpointUnknown(_not_offered(flow, offered))
    if flow != AUTO:
        return _fixed_plan(flow, here, offered, "you chose it")
    if here.remembered in offered:
        return _fixed_plan(here.remembered, here, offered, "it is this profile's remembered choice")
    return _chosen_plan(here, offered)


def _not_offered(flow: str, offered: tuple[str, ...]) -> str:
    if not offered:
        return "the server offers no login flow: it has no authorization endpoint and no device authorization endpoint"
    others = " and the ".join(_NAMES[other] for other in offered)
    return f"the server does not offer the {_NAMES[flow]}; it offers the {others}"


def _fixed_plan(flow: str, here: Environment, offered: tuple[str, ...], reason: str) -> Plan:
    first, _ = _applying_rules(here)[0]
    opens = flow == BROWSER and first.own_browser
    return Plan(flow, (reason,), opens, invites_paste=flow == PASTE or first.flow == DEVICE, offers=offered)


def _chosen_plan(here: Environment, offered: tuple[str, ...]) -> Plan:
    applying = _applying_rules(here)
    first, _ = applying[0]
    reasons = tuple(reason for rule, reason in applying if rule.flow == first.flow)
    elsewhere = first.flow == DEVICE
    if first.flow in offered:
        opens = first.flow == BROWSER and first.own_browser
        return Plan(first.flow, reasons, opens, elsewhere, chosen=True, offers=offered, place=first.place)
    missing = f"the server does not offer the {_NAMES[first.flow]}"
    if elsewhere:
        return Plan(PASTE, (*reasons, missing), False, True, chosen=True, offers=offered, place=first.place)  # noqa: FBT003
    return Plan(DEVICE, (missing,), opens=False, chosen=True, offers=offered)


def _applying_rules(here: Environment) -> list[tuple[Rule, str]]:
    return [(rule, reason) for rule in RULES if (reason := rule.why(here))]
