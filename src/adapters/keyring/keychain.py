"""The keychain of this operating system."""

import os
import sys
from collections.abc import Mapping

from ...ports.profiles import Users
from ...ports.secrets import SecretStore
from ...ports.timeouts import KEYCHAIN_CALL, KEYCHAIN_UNLOCK
from ..system.terminal import is_terminal

OWN_SERVICE = "promptvm-oauth-servers"
"""The keychain service for tokens of standard servers."""

PYTHON_SERVICE = "promptvm-oauth"
"""The keychain service for PromptVM's tokens that are not shared with the Go tool."""

_SSH = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_DISPLAY = ("DISPLAY", "WAYLAND_DISPLAY")


def is_shared() -> bool:
    """Returns whether the OS keychain of this system is shared with the Go tool."""
    platform: str = sys.platform
    return platform.startswith("linux")


def keychain(users: Users = Users.ONE) -> tuple[SecretStore, str]:
    """Returns the OS keychain, and the name of its profiles if the Go tool cannot see its entries, else empty.

    Args:
        users: whose logins are kept; those of many users are in no entries that the Go tool shares.
    """
    if users is Users.MANY or not is_shared():
        return own_keychain(PYTHON_SERVICE), PYTHON_SERVICE
    from ..secret_service.store import SecretServiceStore

    return SecretServiceStore(prompt_timeout=_seconds(), unseen=why_unseen(os.environ)), ""


def own_keychain(service: str) -> SecretStore:
    """Returns the keychain that Python's keyring chooses, for entries of a service of its own."""
    from .store import KeyringStore

    return KeyringStore(service, prompt_timeout=KEYCHAIN_CALL if why_unseen(os.environ) else _seconds())


def _seconds() -> float:
    return prompt_seconds(os.environ, at_terminal=is_terminal(sys.stdin) and is_terminal(sys.stderr))


def prompt_seconds(environ: Mapping[str, str], *, at_terminal: bool) -> float:
    """Returns how long a prompt of the keychain may stay open, in seconds.

    Args:
        environ: the environment variables.
        at_terminal: whether a user is at a terminal of this program.
    """
    return KEYCHAIN_UNLOCK if at_terminal or any(environ.get(name) for name in _DISPLAY) else KEYCHAIN_CALL


def why_unseen(environ: Mapping[str, str]) -> str:
    """Returns why the user would not see a prompt, in half a sentence; empty if they would.

    Args:
        environ: the environment variables; sshd(8) sets one of three.
    """
    if not any(environ.get(name) for name in _SSH):
        return ""
    return (
        "you are connected by SSH, and its prompt would appear on the screen of this machine: unlock it there, "
        "or keep the tokens in a file"
    )
