"""The terminal at which a keyring backend may ask for a password, with the echo switched off, as getpass does it."""

import os
import signal
import threading
from contextlib import suppress
from types import FrameType

from ...ports.timeouts import KEYCHAIN_UNLOCK

_PATH = "/dev/tty"
_ENDING = ("SIGTERM", "SIGHUP")


class Terminal:
    """The modes that the terminal of this process had when a call to a backend began; there may be none."""

    def __init__(self) -> None:
        self._descriptor: int | None = None
        with suppress(OSError):
            self._descriptor = os.open(_PATH, os.O_RDWR | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0))
        self._before = self._modes()
        self._handled: list[int] = []

    def watch(self) -> None:
        """Makes SIGTERM and SIGHUP switch the echo on again before they end the process, while a password is asked for.

        A handler of the program is left as it is, and only the main thread can install one.
        """
        if self._handled or threading.current_thread() is not threading.main_thread():
            return
        if self._echo_was_switched_off():
            for name in _ENDING:
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, self._end)
                    self._handled.append(number)

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
        """Closes the terminal's descriptor, and restores what signals do."""
        for number in self._handled:
            if signal.getsignal(number) == self._end:
                signal.signal(number, signal.SIG_DFL)
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _end(self, number: int, _: FrameType | None) -> None:
        self.restore()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

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
