"""Events, told to a person at a terminal: what to open, which code to enter, what is being waited for.

Plain text without colour, links or borders. URLs and codes stand unbroken on lines of their own, so that they survive
narrow windows and copying. Events that the person need not know of are passed over.
"""

import os
import textwrap
from collections.abc import Callable
from typing import Any, TextIO

from ...ports.events import (
    BrowserNotOpened,
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    LoggedIn,
    PollingSlowed,
    ProblemNoticed,
    Retrying,
    StoreDowngraded,
    Waiting,
)
from ...ports.text import MAX_TEXT, clean
from ..system.terminal import is_terminal
from .qr import qr_code

MAX_URL = 4096
"""Characters of a URL that are shown; a longer one was never sent."""

MAX_WIDTH = 80
"""Columns that prose uses at the most, and where the width is not known."""

_HOUR = 3600


class TerminalListener:
    """Writes what happens to a stream, in sentences; one write an event.

    Args:
        stream: where to; the standard error of the program, never its standard output.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """Tell one event; unknown ones are passed over.

        Raises:
            OSError: the stream cannot be written.
        """
        told = _TOLD.get(type(event))
        if told is None:
            return
        width = min(_columns(self._stream), MAX_WIDTH)
        encoding = self._stream.encoding or "utf-8"
        parts = [part for part in told(event) if is_terminal(self._stream) or not isinstance(part, _Drawn)]
        text = "".join(part.laid_out(width, encoding) for part in parts)
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()


class _Prose(str):
    """Words that are wrapped to the width."""

    __slots__ = ()

    def laid_out(self, width: int, encoding: str) -> str:  # noqa: ARG002 (words are in every encoding)
        words = _line(self, 4 * MAX_TEXT)
        return textwrap.fill(words, width, break_long_words=False, break_on_hyphens=False) + "\n"


class _Apart(str):
    """Something to copy: a line of its own between empty ones, never broken."""

    __slots__ = ()

    def laid_out(self, width: int, encoding: str) -> str:  # noqa: ARG002 (a URL is as long as it is)
        return f"\n{_line(self, MAX_URL)}\n\n"


class _Drawn(str):
    """A checked URL, drawn for a phone where there is a terminal and room."""

    __slots__ = ()

    def laid_out(self, width: int, encoding: str) -> str:
        return qr_code(self, width, encoding)


_Parts = list[_Prose | _Apart | _Drawn]


def _browser_opened(event: BrowserOpened) -> _Parts:
    return [_Prose("A browser was opened for you to sign in. If it shows no page, open this one:"), _Apart(event.url)]


def _browser_not_opened(event: BrowserNotOpened) -> _Parts:
    reason = _line(event.reason).rstrip(".")
    return [
        _Prose(f"No browser was opened: {reason}. To sign in, open this page:"),
        _Apart(event.url),
    ]


def _device_code_issued(event: DeviceCodeIssued) -> _Parts:
    if not event.openable:
        return [
            _Prose("To sign in, enter this code:"),
            _Apart(event.user_code),
            _Prose("The server names the page below, which is not a safe address. Open it only if you trust it:"),
            _Apart(event.verification_uri),
        ]
    parts: _Parts = [
        _Prose("To sign in, open this page on any device:"),
        _Apart(event.verification_uri),
        _Prose("and enter this code:"),
        _Apart(event.user_code),
    ]
    if event.verification_uri_complete:
        parts += [
            _Prose("Or open this page, and check that it shows the same code:"),
            _Apart(event.verification_uri_complete),
            _Drawn(event.verification_uri_complete),
        ]
    return parts


def _waiting(event: Waiting) -> _Parts:
    return [_Prose(f"Waiting for you, up to {_duration(event.seconds)}. Ctrl-C stops.")]


def _polling_slowed(event: PollingSlowed) -> _Parts:
    return [_Prose(f"The server asked for patience: it is asked every {_duration(event.interval)} now.")]


def _retrying(event: Retrying) -> _Parts:
    reason = _line(event.reason).rstrip(".")
    return [_Prose(f"{reason}; trying again in {_duration(event.seconds)}.")]


def _store_downgraded(event: StoreDowngraded) -> _Parts:
    wanted, used, reason = (_line(text) for text in (event.wanted, event.used, event.reason))
    return [_Prose(f"The tokens are kept in the store {used}, not in {wanted}: {reason.rstrip('.')}.")]


def _problem_noticed(event: ProblemNoticed) -> _Parts:
    return [_Prose(f"Note: {_line(event.problem)}")]


def _logged_in(event: LoggedIn) -> _Parts:
    user = _line(event.user)
    return [_Prose(f"Signed in as {user}." if user else "Signed in.")]


_TOLD: dict[type[Event], Callable[[Any], _Parts]] = {
    BrowserNotOpened: _browser_not_opened,
    BrowserOpened: _browser_opened,
    DeviceCodeIssued: _device_code_issued,
    LoggedIn: _logged_in,
    PollingSlowed: _polling_slowed,
    ProblemNoticed: _problem_noticed,
    Retrying: _retrying,
    StoreDowngraded: _store_downgraded,
    Waiting: _waiting,
}


def _duration(seconds: float) -> str:
    """Give a pause as a person says it: `5 s`, `5.2 s`, `10 min`."""
    if seconds < 60:  # noqa: PLR2004 (a minute)
        return f"{round(seconds, 1):g} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.0f} h"


def _line(text: str, limit: int = MAX_TEXT) -> str:
    return clean(text, limit, ellipsis="...")  # not every terminal's encoding has the character for it


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or MAX_WIDTH
    except (OSError, ValueError):  # no terminal; a stream without a file, or a closed one
        return MAX_WIDTH
