"""Events as sentences for the user at a terminal: the page to open, the code to enter, what the login waits for.

Plain text without styles, links or borders, which is only ever appended. URLs and codes are on lines of their own and
never wrapped, so that they can be copied. Events that the user need not know are ignored. A QR code stands above the
text, so that it never pushes the code to enter off the screen.
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
    InterruptDelayed,
    LockAwaited,
    LoggedIn,
    LoginPlanned,
    PollingSlowed,
    ProblemNoticed,
    ProfileActivated,
    Recovered,
    Retrying,
    StoreDowngraded,
    UnlockAwaited,
    Waiting,
)
from ...ports.streams import columns, encoding_of, size, write_text
from ...ports.text import MAX_TEXT, MAX_URL, clean
from ..system.terminal import is_terminal
from .qr import qr_code

MAX_WIDTH = 80
"""The largest width of sentences in columns, and the width if it is unknown."""

_FOLLOWING = 4
"""The lines that follow a device code while the login waits: what it waits for, and room for a problem."""

_BLACK_ON_WHITE, _RESET = "\x1b[30;47m", "\x1b[0m"

_HOUR = 3600

_WAYS = {"device": "with a code", "paste": "with an address that you paste"}
"""How the library may have chosen to sign in, where a person would have expected a browser to open."""


class TerminalListener:
    """Writes events to a stream as sentences, with one write per event.

    Args:
        stream: the stream to write to: standard error, never standard output.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """Writes one event; an unknown event is ignored.

        Raises:
            OSError: the stream cannot be written.
        """
        render = _RENDERERS.get(type(event))
        if render is None:
            return
        width = min(columns(self._stream) or MAX_WIDTH, MAX_WIDTH)
        text = "".join(part.laid_out(width) for part in render(event))
        if isinstance(event, DeviceCodeIssued):
            text = self._drawing(event, len(text.splitlines())) + text
        if text:
            write_text(text, self._stream)

    def _drawing(self, event: DeviceCodeIssued, below: int) -> str:
        """Returns a QR code, where black on white can be set, and where it and the lines below it fit the window."""
        url, colourless = event.verification_uri_complete, os.environ.get("NO_COLOR")
        if not url or not event.openable or not is_terminal(self._stream):
            return ""
        if colourless or os.environ.get("TERM", "dumb") == "dumb":
            return ""
        width, height = size(self._stream)
        lines = qr_code(url, width, height - below - _FOLLOWING, encoding_of(self._stream))
        return "".join(f"{_BLACK_ON_WHITE}{line}{_RESET}\n" for line in lines)


class _Prose(str):
    """Text that is wrapped to the width of the terminal."""

    __slots__ = ()

    def laid_out(self, width: int) -> str:
        words = _line(self, 4 * MAX_TEXT)
        return textwrap.fill(words, width, break_long_words=False, break_on_hyphens=False) + "\n"


class _ToCopy(str):
    """Text to copy: on a line of its own between empty lines, never wrapped."""

    __slots__ = ()

    def laid_out(self, width: int) -> str:  # noqa: ARG002 (a URL is never wrapped)
        return f"\n{_line(self, MAX_URL)}\n\n"


_Parts = list[_Prose | _ToCopy]


def _login_planned(event: LoginPlanned) -> _Parts:
    """Says why a code or a pasted address, where the library chose it, and whose login is replaced."""
    parts: _Parts = []
    if event.chosen and event.flow in _WAYS:
        parts.append(_Prose(f"Signing in {_WAYS[event.flow]}: {_line(event.reason)}."))
    if event.replaces:
        parts.append(_Prose(f"This replaces the login of {_line(event.replaces)}."))
    return parts


def _profile_activated(event: ProfileActivated) -> _Parts:
    return [_Prose(f"{_line(event.profile)} is the active profile now; it was {_line(event.before)}.")]


def _browser_opened(event: BrowserOpened) -> _Parts:
    return [
        _Prose("A browser was opened for you to sign in. If it does not show the page, open it yourself:"),
        _ToCopy(event.url),
    ]


def _browser_not_opened(event: BrowserNotOpened) -> _Parts:
    reason = _line(event.reason).rstrip(".")
    return [
        _Prose(f"No browser was opened: {reason}. To sign in, open this page:"),
        _ToCopy(event.url),
    ]


def _device_code_issued(event: DeviceCodeIssued) -> _Parts:
    if not event.openable:
        return [
            _Prose("To sign in, enter this code:"),
            _ToCopy(event.user_code),
            _Prose("The server sent the page below, whose address is not safe. Open it only if you trust it:"),
            _ToCopy(event.verification_uri),
        ]
    parts: _Parts = [
        _Prose("To sign in, open this page on any device:"),
        _ToCopy(event.verification_uri),
        _Prose("and enter this code:"),
        _ToCopy(event.user_code),
    ]
    if event.verification_uri_complete:
        parts += [
            _Prose("Or open this page, and check that it shows the same code:"),
            _ToCopy(event.verification_uri_complete),
        ]
    return parts


def _waiting(event: Waiting) -> _Parts:
    return [_Prose(f"Waiting for you to sign in, up to {_duration(event.seconds)}. Press Ctrl-C to stop.")]


def _polling_slowed(event: PollingSlowed) -> _Parts:
    return [_Prose(f"The server asked us to slow down; checking every {_duration(event.interval)}.")]


def _retrying(event: Retrying) -> _Parts:
    reason = _line(event.reason).rstrip(".")
    return [_Prose(f"{reason}; trying again in {_duration(event.seconds)}.")]


def _recovered(_: Recovered) -> _Parts:
    return [_Prose("The server answers again.")]


def _unlock_awaited(event: UnlockAwaited) -> _Parts:
    return [
        _Prose(f"The keyring is locked: answer its prompt, within {_duration(event.seconds)}. Press Ctrl-C to stop.")
    ]


def _lock_awaited(event: LockAwaited) -> _Parts:
    process = "" if event.process is None else f" (process {event.process})"
    who = "another part of this program" if event.process == os.getpid() else f"another program{process}"
    return [_Prose(f"Waiting for {who} that is renewing or changing this login, up to {_duration(event.seconds)}.")]


def _interrupt_delayed(event: InterruptDelayed) -> _Parts:
    return [_Prose(f"Finishing {_line(event.work)} before stopping, up to {_duration(event.seconds)}.")]


def _store_downgraded(event: StoreDowngraded) -> _Parts:
    wanted, used, reason = (_line(text) for text in (event.wanted, event.used, event.reason))
    return [_Prose(f"The tokens are stored in {used}, not in {wanted}: {reason.rstrip('.')}.")]


def _problem_noticed(event: ProblemNoticed) -> _Parts:
    return [_Prose(f"Note: {_line(event.problem)}")]


def _logged_in(event: LoggedIn) -> _Parts:
    user = _line(event.user)
    return [_Prose(f"Signed in as {user}." if user else "Signed in.")]


_RENDERERS: dict[type[Event], Callable[[Any], _Parts]] = {
    BrowserNotOpened: _browser_not_opened,
    BrowserOpened: _browser_opened,
    DeviceCodeIssued: _device_code_issued,
    InterruptDelayed: _interrupt_delayed,
    LockAwaited: _lock_awaited,
    LoggedIn: _logged_in,
    LoginPlanned: _login_planned,
    PollingSlowed: _polling_slowed,
    ProblemNoticed: _problem_noticed,
    ProfileActivated: _profile_activated,
    Recovered: _recovered,
    Retrying: _retrying,
    StoreDowngraded: _store_downgraded,
    UnlockAwaited: _unlock_awaited,
    Waiting: _waiting,
}


def _duration(seconds: float) -> str:
    """Returns a duration for the user: `5 s`, `5.2 s`, `10 min`."""
    if seconds < 60:  # noqa: PLR2004 (a minute)
        return f"{round(seconds, 1):g} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.0f} h"


def _line(text: str, limit: int = MAX_TEXT) -> str:
    return clean(text, limit, ellipsis="...")  # not every encoding has the character for it
