"""A login that a program shows: events go to standard output, and its wishes come from standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from ...ports.pasting import PasteQueue
from .input import Actions, start_reading

if TYPE_CHECKING:
    from ...client.blocking import OAuthClient
    from ...domain.use_cases.login_result import LoginResult
    from ...ports.events import Event
    from .output import JsonLines

_NO_PASTE = "no address is awaited now: only a login in a browser takes one, while it waits for the user"


class LinesLogin:
    """The counterpart of `LoginScreen` for programs; it has the same methods.

    Args:
        lines: the output.
    """

    def __init__(self, lines: JsonLines) -> None:
        self._lines = lines
        self.paste_from = PasteQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Writes an event; how to paste at a terminal is of no use to a program."""
        from ...domain.use_cases.login_page import PASTE_HINT

        if getattr(event, "problem", "") != PASTE_HINT:
            self._lines(event)

    def begin(self, client: OAuthClient) -> None:
        """Starts to read standard input."""
        start_reading(sys.stdin, Actions(self._paste, client.cancel, self._lines.reject))

    def finish(self, result: LoginResult) -> None:
        """Does nothing: the result is in the last line."""

    def stop(self) -> None:
        """Does nothing: the last line tells of Ctrl-C."""

    def close(self) -> None:
        """Does nothing: there is no live line."""

    def _paste(self, text: str) -> None:
        if self.paste_from.is_open:
            self.paste_from.put(text)
        else:
            self._lines.reject(_NO_PASTE)
