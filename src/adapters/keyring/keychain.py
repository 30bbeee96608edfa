"""The keychain of this operating system."""

import sys

from ...ports.secrets import SecretStore
from ...ports.timeouts import KEYCHAIN_UNLOCK
from ..system.terminal import is_terminal


def keychain() -> SecretStore:
    """Returns the OS keychain: on Linux the entries that the Go tool shares, elsewhere separate entries."""
    platform: str = sys.platform
    if platform.startswith("linux"):
        from ..secret_service.store import SecretServiceStore

        at_terminal = is_terminal(sys.stdin) and is_terminal(sys.stderr)
        return SecretServiceStore(prompt_timeout=KEYCHAIN_UNLOCK if at_terminal else None)
    from .store import KeyringStore

    return KeyringStore()
