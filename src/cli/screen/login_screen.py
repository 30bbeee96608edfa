"""The screen of a login: tells its events, keeps the live line, and shows the result.

On a terminal the live line counts down and is replaced by the result. Everywhere else, and wherever plain text is asked
for, the same words are only appended.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from ...ports.streams import write_text
from .blocks import PASTE_LINE, code_block, downgrade, not_opened_block, opened_block
from .clipboard import clipboard_sequence
from .lines import BLANK, Kind, Line, readable
from .live_line import LiveLine, start_ticking
from .pen import Pen
from .plan_words import plan_line
from .progress import Progress, Times
from .qr import drawing
from .result import result_lines
from .surroundings import WIDTH, Surroundings, encodes, is_tty, width_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from ...client.blocking import OAuthClient
    from ...domain.use_cases.login_result import LoginResult
    from ...ports.events import (
        BrowserNotOpened,
        BrowserOpened,
        DeviceCodeIssued,
        Event,
        Listener,
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

TIMES = Times()
"""The clocks of this machine."""


class Wishes(NamedTuple):
    """What the user wants of the screen.

    Attributes:
        qr: whether a QR code is drawn; None where there is room.
        copy: whether the code is sent to the terminal's clipboard.
        ask: whether the browser is opened only after Enter.
        command: the command of this login, for sentences that name it.
    """

    qr: bool | None = None
    copy: bool = False
    ask: bool = False
    command: str = "promptvm-auth login"


class LoginScreen:
    """The listener of the command `login`; as a context manager it leaves no live line behind.

    Args:
        stream: the stream of the messages.
        takes: what may be written to it.
        wishes: what the user wants.
        others: the listener for events that this screen has no words of its own for.
    """

    def __init__(self, stream: TextIO, takes: Surroundings, wishes: Wishes, others: Listener) -> None:
        self._stream = stream
        self._takes = takes
        self._wishes = wishes
        self._others = others
        self._pen = Pen(takes)
        self._progress = Progress(TIMES, " · " if encodes("·", stream) else " - ")
        self._live = LiveLine(stream, self._row, start_ticking) if takes.live else None
        self._signed_in = ""
        self._opens = True
        self._before = ""
        self._told: dict[str, Callable[[Any], None]] = {  # by the names of the classes
            "BrowserNotOpened": self._open_by_hand,
            "BrowserOpened": self._open,
            "DeviceCodeIssued": self._show_code,
            "LoggedIn": self._sign_in,
            "LoginPlanned": self._plan,
            "PollingSlowed": self._slow_down,
            "ProblemNoticed": self._notice,
            "ProfileActivated": self._activate,
            "Recovered": self._recover,
            "Retrying": self._retry,
            "StoreDowngraded": self._downgrade,
            "UnlockAwaited": self._unlock,
            "Waiting": self._wait,
        }

    @property
    def paste_from(self) -> TextIO | None:
        """The stream that the user pastes into; None if standard input is closed."""
        return sys.stdin

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Tells one event."""
        self._told.get(type(event).__name__, self._tell)(event)

    def begin(self, client: OAuthClient) -> None:
        """Does nothing: the user at a terminal needs no client."""

    def finish(self, result: LoginResult) -> None:
        """Shows the result in place of the live line."""
        self.close()
        mark = "✓ " if self._takes.styles and encodes("✓", self._stream) else ""
        blank = [] if self._live is not None else [BLANK]
        self._write([*blank, *result_lines(result, TIMES.now(), mark=mark, before=self._before)])

    def stop(self) -> None:
        """Says what a Ctrl-C has stopped."""
        self.close()
        if self._live is None and is_tty(self._stream):
            self._write([BLANK])  # the terminal has written ^C
        done = f"Stopped; {self._signed_in} had been signed in by then." if self._signed_in else ""
        self._write([Line(done or "Stopped: the login is not complete, and nothing was stored.")])

    def close(self) -> None:
        """Erases the live line for good."""
        if self._live is not None:
            self._live.close()

    def _open(self, event: BrowserOpened) -> None:
        self._write(opened_block(event))

    def _open_by_hand(self, event: BrowserNotOpened) -> None:
        self._write(not_opened_block(event, planned=not self._opens))

    def _downgrade(self, event: StoreDowngraded) -> None:
        self._write([downgrade(event, self._wishes.command)])

    def _activate(self, event: ProfileActivated) -> None:
        self._before = event.before

    def _sign_in(self, event: LoggedIn) -> None:
        self._signed_in = readable(event.user) or "you"
        self._progress.ended()
        self.close()

    def _notice(self, event: ProblemNoticed) -> None:
        from ...domain.use_cases.login_page import PASTE_HINT

        if event.problem == PASTE_HINT:
            self._write([PASTE_LINE])
        else:
            self._tell(event)

    def _slow_down(self, event: PollingSlowed) -> None:
        if self._live is None:
            self._tell(event)

    def _plan(self, event: LoginPlanned) -> None:
        self._progress.ended()
        self.close()
        self._opens = event.opens
        lines = [plan_line(event, min(width_of(self._stream), WIDTH))]
        if event.replaces:
            lines.append(Line(f"Replaces the login of {readable(event.replaces)}."))
        self._write(lines)
        if self._wishes.ask and event.opens:
            self._await_enter()

    def _await_enter(self) -> None:
        """Waits for Enter.

        Raises:
            KeyboardInterrupt: the input ended, by Ctrl-D for instance.
        """
        self._write([BLANK, Line("Press Enter to open the browser, or Ctrl-C to stop.")])
        if not sys.stdin.readline():
            raise KeyboardInterrupt

    def _show_code(self, event: DeviceCodeIssued) -> None:
        wishes, sequence = self._wishes, ""
        if wishes.copy and self._takes.terminal:
            sequence = clipboard_sequence(event.user_code)
        lines = list(code_block(event, "sent to your terminal's clipboard" if sequence else ""))
        if wishes.copy and not sequence:
            why = "it has unusual characters" if self._takes.terminal else "this is no terminal that takes it"
            lines += [BLANK, Line(f"The code was not sent to a clipboard: {why}.", Kind.WARNING)]
        width = width_of(self._stream)
        below = len(self._pen.drawn(lines, width).splitlines())
        url = event.verification_uri_complete if event.openable else None
        drawn = drawing(url or "", below, self._stream, self._takes, wanted=wishes.qr)
        self._write([*([BLANK] if drawn else []), *drawn, *lines], sequence)

    def _wait(self, event: Waiting) -> None:
        self._progress.waiting(event)
        self._write([BLANK])
        if self._live is None:
            self._tell(event)
        else:
            self._live.show()

    def _retry(self, event: Retrying) -> None:
        self._progress.retrying(event)
        if self._live is None:
            reason = readable(event.reason).rstrip(".")
            self._write([Line(f"{self._progress.outage_words()}: {reason}.")])
        else:
            self._live.show()

    def _recover(self, event: Recovered) -> None:
        self._progress.recovered()
        if self._live is None:
            self._tell(event)
        else:
            self._live.show()

    def _unlock(self, event: UnlockAwaited) -> None:
        self._progress.unlocking(event)
        if self._live is None:
            self._tell(event)
        else:
            self._live.show()

    def _row(self) -> str:
        width = width_of(self._stream) - 1  # a full row would move the cursor to the next one
        row = self._progress.row(width)
        return self._pen.one_row(row, self._progress.kind, width) if row else ""

    def _tell(self, event: Event) -> None:
        """Lets the other listener tell an event, above the live line."""
        with nullcontext() if self._live is None else self._live.above():
            self._others(event)

    def _write(self, lines: Iterable[Line], sequence: str = "") -> None:
        """Writes lines above the live line; no login fails because they cannot be written."""
        text = self._pen.drawn(lines, width_of(self._stream)) + sequence
        with nullcontext() if self._live is None else self._live.above(), suppress(Exception):
            write_text(text, self._stream)
