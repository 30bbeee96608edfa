"""How the demo tells its steps: one aligned line each, or one JSON object at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from ..domain.errors import PromptVMAuthError
from .commands import PROGRAM
from .show import prose, rows, terminal_width

if TYPE_CHECKING:
    from collections.abc import Callable

    from .context import Context

TITLE_WIDTH = 15

MARKS = ("✓", "✗", "·")
PLAIN_MARKS = ("ok", "FAILED", "--")
"""Done, failed, and a remark in between."""


class DemoFailed(Exception):
    """A step did not show what it promised; the text says what was seen instead."""


class Report:
    """Tells the steps, in words or as JSON.

    Args:
        context: where to.
        as_json: whether to tell them as one JSON object at the end.
    """

    def __init__(self, context: Context, *, as_json: bool) -> None:
        self._context = context
        self._as_json = as_json
        self._done, self._failed, self._remark = MARKS if _takes(context.out, "".join(MARKS)) else PLAIN_MARKS
        self._steps: list[dict[str, object]] = []

    def begin(self, base_url: str) -> None:
        """Say what is about to happen."""
        self._tell(f"PromptVM sign-in at work, against a server on this machine: {base_url}")
        self._tell("Everything is kept in a temporary directory and removed at the end.")
        self._tell("")

    def step(self, title: str, show: Callable[[], str]) -> bool:
        """Carry a step out and tell how it went.

        Args:
            title: at most `TITLE_WIDTH` characters.
            show: does it, and gives what was seen.

        Returns:
            Whether it succeeded.
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
        """Say what goes on inside a step."""
        self._line(self._remark, "", detail)

    def end(self, seconds: float, *, succeeded: bool) -> None:
        """Say how it ended."""
        if self._as_json:
            self._context.give_json({"ok": succeeded, "seconds": round(seconds, 1), "steps": self._steps})
        elif succeeded:
            self._tell("")
            self._tell(f"All of it works; it took {seconds:.1f} s.")
        else:
            self._context.say(f"{PROGRAM}: the demo failed at the step above")

    def _line(self, mark: str, title: str, detail: str) -> None:
        if not self._as_json:
            self._context.give(rows([(f"  {mark} {title:<{TITLE_WIDTH}}", detail)], self._context.out))

    def _tell(self, text: str) -> None:
        if not self._as_json:
            self._context.give(prose(text, self._context.out))


def _takes(stream: TextIO, text: str) -> bool:
    """Say whether a stream is a terminal that can show a text."""
    if terminal_width(stream) is None:
        return False
    try:
        text.encode(stream.encoding)
    except UnicodeEncodeError:
        return False
    return True
