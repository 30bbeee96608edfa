"""Which login flow, and why: a pure function of where the program runs (RFC 8252 §7.3, RFC 8628 §1)."""

from typing import NamedTuple

from ..ports.environment import Surroundings
from .errors import ConfigurationError, ListenerError, PromptVMAuthError
from .plan_rules import AUTO, BROWSER, DEVICE, PASTE, RULES, Rule

__all__ = ["AUTO", "BROWSER", "DEVICE", "PASTE", "Plan", "plan_login"]

_FLOWS = (BROWSER, DEVICE, PASTE)
_NO_DEVICE_FLOW = "the server does not offer the device flow"


class Plan(NamedTuple):
    """A flow and the reasons for it.

    Attributes:
        flow: `browser`, `device` or `paste`.
        reasons: half sentences for the person; the first one decided.
        opens: whether a browser may be opened here; if not, its URL is only shown.
        invites_paste: whether the browser is likely on a machine that does not reach this one, so that pasting the
            callback URL may be needed.
        chosen: whether this program chose, so that it may choose again if the flow cannot start.
    """

    flow: str
    reasons: tuple[str, ...]
    opens: bool = True
    invites_paste: bool = False
    chosen: bool = False

    @property
    def reason(self) -> str:
        """All reasons in one sentence."""
        return "; ".join(self.reasons)

    def instead(self, error: PromptVMAuthError, here: Surroundings) -> "Plan | None":
        """Give the plan to go on with after an error, or None if the error stands; there is never a second one.

        Only a browser flow that this program chose, and whose listener could not be opened, is replaced. A login that
        ran out of time is not: the time that the caller gave is over.
        """
        if self.chosen and self.flow == BROWSER and isinstance(error, ListenerError) and here.device_flow:
            return Plan(DEVICE, (f"the browser login could not start: {error}",))
        return None


def plan_login(flow: str, here: Surroundings) -> Plan:
    """Give the plan for a login.

    Args:
        flow: `browser`, `device` or `paste` as the caller wants it, or `auto`.
        here: where the program runs.

    Raises:
        ConfigurationError: there is no such flow, or the server does not offer it.
    """
    if flow == AUTO:
        return _remembered(here) or _decided(here)
    if flow not in _FLOWS:
        raise ConfigurationError("the login flow is 'auto', 'browser', 'device' or 'paste'")
    if flow == DEVICE and not here.device_flow:
        raise ConfigurationError(_NO_DEVICE_FLOW)
    return _asked(flow, here, "it was asked for")


def _remembered(here: Surroundings) -> Plan | None:
    known = here.remembered in _FLOWS and (here.device_flow or here.remembered != DEVICE)
    return _asked(here.remembered, here, "it is this profile's remembered choice") if known else None


def _asked(flow: str, here: Surroundings, reason: str) -> Plan:
    first, _ = _holding(here)[0]
    opens = flow == BROWSER and first.opens
    return Plan(flow, (reason,), opens, invites_paste=flow == PASTE or first.flow == DEVICE)


def _decided(here: Surroundings) -> Plan:
    holding = _holding(here)
    first, _ = holding[0]
    reasons = tuple(reason for rule, reason in holding if rule.flow == first.flow)
    if first.flow == DEVICE and not here.device_flow:
        return Plan(PASTE, (*reasons, _NO_DEVICE_FLOW), opens=False, invites_paste=True)
    opens = first.flow == BROWSER and first.opens
    return Plan(first.flow, reasons, opens, invites_paste=first.flow == DEVICE, chosen=True)


def _holding(here: Surroundings) -> list[tuple[Rule, str]]:
    return [(rule, reason) for rule in RULES if (reason := rule.why(here))]
