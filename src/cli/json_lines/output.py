"""The output of `--json-lines`: each event is a line, and the result of the command is the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...composition.standalone import json_lines_listener
from ...ports.cancellation import CancelLogin
from .events import CommandEnded, InputRejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from ...ports.events import Event


class JsonLines:
    """Writes the lines of one command; it is the listener of the command's clients.

    Args:
        stream: standard output.
        profile: the profile that the command was called for; empty for the active one.
    """

    def __init__(self, stream: TextIO, profile: str) -> None:
        self._write = json_lines_listener(stream)
        self._profile = profile
        self._result: Mapping[str, object] | None = None
        self._error: Mapping[str, object] | None = None

    def __call__(self, event: Event) -> None:
        """Writes an event.

        Raises:
            CancelLogin: the program at the other end has closed the pipe, so it no longer waits for the login.
        """
        try:
            self._write(event)
        except (OSError, ValueError):  # ValueError: the stream is closed
            raise CancelLogin from None

    def take(self, value: Mapping[str, object]) -> None:
        """Keeps what `--json` would print."""
        error = value.get("error")
        if isinstance(error, dict):
            self._error = error
        else:
            self._result = value

    def reject(self, problem: str) -> None:
        """Writes that a line of the input was not used."""
        self(InputRejected(self._profile, problem))

    def end(self, exit_code: int) -> None:
        """Writes the last line.

        Raises:
            OSError: it could not be written.
        """
        profile = self._profile or str((self._result or {}).get("profile") or "")
        self._write(CommandEnded(profile, exit_code, self._result if self._error is None else None, self._error))
