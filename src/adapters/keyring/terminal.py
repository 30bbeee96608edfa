"""The terminal at which a keyring backend may ask for a password, with the echo switched off, as getpass does it."""

import os
from contextlib import suppress

from ...ports.timeouts import KEYCHAIN_UNLOCK

_PATH = "/dev/tty"


class Terminal:
    """The modes that the terminal of this process had when a call to a backend began; there may be none."""

    def __init__(self) -> None:
        self._descriptor: int | None = None
        with suppress(OSError):
            self._descriptor = os.open(_PATH, os.O_RDWR | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0))
        self._before = self._modes()

    def patience(self) -> float:
        """Returns how long to wait on, in seconds: as long as a user needs if a password is asked for, else 0."""
        return KEYCHAIN_UNLOCK if self._echo_was_switched_off() else 0.0

    def restore(self) -> None:
        """Switches the echo on again if it was on before: a backend that is not waited for does not do it."""
        if self._echo_was_switched_off():
            import termios

            with suppress(OSError, termios.error):
                termios.tcsetattr(self._descriptor or 0, termios.TCSADRAIN, self._before or [])

    def close(self) -> None:
        """Closes the terminal's descriptor."""
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _echo_was_switched_off(self) -> bool:
        now = self._modes()
        return self._before is not None and now is not None and _echoes(self._before) and not _echoes(now)

    def _modes(self) -> "list[int | list[bytes | int]] | None":
        if self._descriptor is None:
            return None
        with suppress(ImportError, OSError):
            import termios

            with suppress(termios.error):
                return termios.tcgetattr(self._descriptor)
        return None


def _echoes(modes: "list[int | list[bytes | int]]") -> bool:
    import termios

    local = modes[3]
    return isinstance(local, int) and bool(local & termios.ECHO)
