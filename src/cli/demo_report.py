"""Shows the demo's steps: one aligned line for each, or one JSON object at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from ..domain.errors import PromptVMAuthError
from ..ports.streams import columns
from .commands import PROGRAM
from .show import prose, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from .context import Context

TITLE_WIDTH = 15

MARKS = ("✓", "✗", "·")
PLAIN_MARKS = ("ok", "FAILED", "--")
"""The marks of a successful step, a failed step and a remark."""


class DemoFailed(Exception):
    """A step failed; the message says what was observed instead."""


class Report:
    """Shows the steps, as text or as JSON.

    Args:
        context: the output streams.
        as_json: whether to show them as one JSON object at the end.
    """

    def __init__(self, context: Context, *, as_json: bool) -> None:
        self._context = context
        self._as_json = as_json
        self._done, self._failed, self._remark = MARKS if _can_show(context.out, "".join(MARKS)) else PLAIN_MARKS
        self._steps: list[dict[str, object]] = []

    def begin(self, base_url: str) -> None:
        """Shows the introduction."""
        self._write(f"PromptVM sign-in at work, against a server on this machine: {base_url}")
        self._write("Everything is kept in a temporary directory and removed at the end.")
        self._write("")

    def step(self, title: str, show: Callable[[], str]) -> bool:
        """Runs a step and shows its result.

        Args:
            title: the title, of at most `TITLE_WIDTH` characters.
            show: runs the step and returns what was observed.

        Returns:
            Whether the step succeeded.
        """
        try:
            detail = show()
        except (DemoFailed, PromptVMAuthError) as error:
            self._line(self._failed, title, str(error))
            self._steps.append({"step": title, "ok": False, "detail": str(error)})
            return False
        self._line(self._done, title, detail)
        self._steps.append({"step": title, "ok": True, "detail": detail})
        return True

    def remark(self, detail: str) -> None:
        """Shows a remark inside a step."""
        self._line(self._remark, "", detail)

    def end(self, seconds: float, *, succeeded: bool) -> None:
        """Shows the summary.

        Args:
            seconds: how long the demo took.
            succeeded: whether every step succeeded.
        """
        if self._as_json:
            self._context.write_json({"ok": succeeded, "seconds": round(seconds, 1), "steps": self._steps})
        elif succeeded:
            self._write("")
            self._write(f"All of it works; it took {seconds:.1f} s.")
        else:
            self._context.write_message(f"{PROGRAM}: the demo failed at the step above")

    def _line(self, mark: str, title: str, detail: str) -> None:
        if not self._as_json:
            self._context.write_result(rows([(f"  {mark} {title:<{TITLE_WIDTH}}", detail)], self._context.out))

    def _write(self, text: str) -> None:
        if not self._as_json:
            self._context.write_result(prose(text, self._context.out))


def _can_show(stream: TextIO, text: str) -> bool:
    """Returns whether a stream is a terminal whose encoding has all characters of a text."""
    if columns(stream) is None:
        return False
    try:
        text.encode(stream.encoding)
    except UnicodeEncodeError:
        return False
    return True
