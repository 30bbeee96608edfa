"""The rules by which a login flow is chosen, as a table: the first that holds decides, the others add their reasons."""

from collections.abc import Callable
from typing import NamedTuple

from ..ports.environment import SSH_VARIABLES, Surroundings

AUTO = "auto"
BROWSER = "browser"
DEVICE = "device"
PASTE = "paste"

Why = Callable[[Surroundings], str]
"""Gives half a sentence for the person, or the empty text where the rule does not hold."""


class Rule(NamedTuple):
    """One rule.

    Attributes:
        flow: what it speaks for.
        why: whether it holds, and the reason.
        opens: whether a browser on this machine is the person's own.
    """

    flow: str
    why: Why
    opens: bool = True


def _set(text: str, *names: str) -> Why:
    """Hold where one of these variables is on; `{}` in the text is its name."""
    return lambda here: text.format(found) if (found := here.on(*names)) else ""


def _where(text: str, holds: Callable[[Surroundings], bool]) -> Why:
    return lambda here: text if holds(here) else ""


def _forwarded(here: Surroundings) -> str:
    if not (here.ssh and here.ports):
        return ""
    return f"{here.ssh} is set and the port {here.ports[0]} is fixed, so your own browser reaches it if SSH forwards it"


RULES = (
    Rule(DEVICE, _set("{} is set", "PROMPTVM_HEADLESS")),
    Rule(DEVICE, _set("{} is set: nobody is at this machine's screen; an API key serves a script better", "CI")),
    Rule(BROWSER, _forwarded, opens=False),
    Rule(DEVICE, _set("{} is set, so a browser here would not be your own", *SSH_VARIABLES)),
    Rule(
        DEVICE,
        _where(
            "the display is the one that SSH forwards, where a browser is slow",
            lambda here: bool(here.ssh) and here.environ.get("DISPLAY", "").startswith("localhost:"),
        ),
    ),
    Rule(
        DEVICE,
        _set(
            "{} is set: this machine is in the cloud, and your browser does not reach its loopback address",
            "CODESPACES",
            "GITPOD_WORKSPACE_ID",
            "CLOUD_SHELL",
            "ACC_CLOUD",
            "COLAB_RELEASE_TAG",
            "KAGGLE_KERNEL_RUN_TYPE",
            "JUPYTERHUB_API_URL",
        ),
    ),
    Rule(DEVICE, _set("{} is set: the editor's window is outside of this container", "REMOTE_CONTAINERS")),
    Rule(
        BROWSER,
        _where("this is WSL, and a browser of Windows reaches it by the loopback address", lambda here: here.wsl),
    ),
    Rule(DEVICE, _set("{} is set: the editor's window is on another machine", "VSCODE_IPC_HOOK_CLI")),
    Rule(BROWSER, _where("BROWSER names a browser", lambda here: here.named_browser)),
    Rule(BROWSER, _where("a browser can be opened here", lambda here: here.display)),
    Rule(DEVICE, _where("there is no display for a browser", lambda here: not here.display)),
    Rule(
        DEVICE,
        _where(
            "BROWSER names a browser for the terminal, which would take the terminal over",
            lambda here: here.text_browser and not here.display,
        ),
    ),
    Rule(DEVICE, _where("this is a container", lambda here: here.container)),
    Rule(DEVICE, _where("the notebook's kernel has no screen of its own", lambda here: here.notebook)),
    Rule(DEVICE, _where("there is no terminal", lambda here: not here.terminal)),
)
"""In the order of their weight. One of the rules on the display always holds."""
