"""The keychain of this operating system."""

import sys

from ...ports.secrets import SecretStore
from ..system.environment import is_terminal

UNLOCK_TIME = 60.0
"""Seconds that a user at a terminal has to unlock the keychain."""


def keychain() -> SecretStore:
    """Returns the OS keychain: on Linux the entries that the Go tool shares, elsewhere entries of our own."""
    platform: str = sys.platform
    if platform.startswith("linux"):
        from ..secret_service.store import SecretServiceStore

        at_terminal = is_terminal(sys.stdin) and is_terminal(sys.stderr)
        return SecretServiceStore(prompt_timeout=UNLOCK_TIME if at_terminal else None)
    from .keyring_store import KeyringStore

    return KeyringStore()
