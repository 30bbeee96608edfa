"""The card of one login, as HTML and as text: a pure function of what is known and of the time.

All text is escaped. The styles are attributes, since front ends drop style sheets of outputs, and fit light and dark.
"""

import re
from html import escape
from math import isfinite

from attrs import define

from ...ports.text import MAX_URL, clean, countdown

GOOD, BAD = "\u2713", "\u2717"
"""The marks of a login that succeeded, and of one that failed."""

_COLOURS = {GOOD: "#1f883d", BAD: "#cf222e"}  # those of the browser's last page
_BOX = (
    "max-width:32em;box-sizing:border-box;padding:1em 1.2em;border:1px solid rgba(128,128,128,.4);border-radius:14px;"
    "font-family:system-ui,sans-serif;line-height:1.5;overflow-wrap:anywhere"
)
_TITLE = "font-weight:600"
_CODE = (
    "margin:.2em 0;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:1.6em;font-weight:600;"
    "letter-spacing:.06em"
)
_NOTICE = "margin-top:.3em;font-size:.9em"
_SOFT = f"{_NOTICE};opacity:.7"
_ADDRESS = re.compile(r"(?<![^\s@])[^\s@]+@[^\s@]+")


@define(frozen=True)
class Card:
    """What is known of one login.

    Attributes:
        product: what the user signs in to; empty if that is not known.
        title: the first line.
        say: what to do, in one sentence.
        link: the page to open; empty if there is none.
        linked: whether the page is safe, so that it may be a link.
        code: the code to compare or to enter; empty if there is none.
        deadline: when the wait for the user ends, in seconds of a monotonic clock, or None.
        notice: the latest problem.
        notes: more for the user, line by line.
        kept: where the tokens are kept, if not where they should be.
        mark: how the login ended, `GOOD` or `BAD`; empty while it goes on.
    """

    product: str = ""
    title: str = "Sign in"
    say: str = ""
    link: str = ""
    linked: bool = False
    code: str = ""
    deadline: float | None = None
    notice: str = ""
    notes: tuple[str, ...] = ()
    kept: str = ""
    mark: str = ""

    @property
    def worth_showing(self) -> bool:
        """Whether the user can do something with it; some front ends never replace what was shown first."""
        return bool(self.link or self.code or self.mark)

    def bundle(self, now: float) -> dict[str, str]:
        """Returns the card by media type.

        Args:
            now: the monotonic clock, in seconds.
        """
        return {"text/html": self._html(now), "text/plain": "\n".join(self._lines(now))}

    def _left(self, now: float) -> str:
        """Returns the time that is left, such as `4:05`, or the empty text if the login does not wait."""
        if self.deadline is None or self.mark:
            return ""
        if not isfinite(self.deadline):
            return "Waiting for you"
        return f"Waiting for you, {countdown(self.deadline - now)} left"

    def _lines(self, now: float) -> list[str]:
        lines = (self.say, self.link, self.code, self._left(now), self.notice, *self.notes, self.kept)
        title = f"{self.mark} {self.title}" if self.mark else self.title
        return [clean(line, MAX_URL) for line in (title, *lines) if line]

    def _html(self, now: float) -> str:
        mark = f'<span style="color:{_COLOURS[self.mark]}">{self.mark}</span> ' if self.mark else ""
        link = escape(self.link)
        if self.linked:
            link = f'<a href="{link}" target="_blank" rel="noopener noreferrer">{link}</a>'
        parts = (
            (_TITLE, mark + _safe(self.title)),
            ("", _safe(self.say)),
            ("", link),
            (_CODE, escape(self.code)),
            (_SOFT, _safe(self._left(now))),
            (_NOTICE, _safe(self.notice)),
            *((_SOFT, _safe(note)) for note in (*self.notes, self.kept)),
        )
        shown = "".join(f'<div style="{style}">{text}</div>' for style, text in parts if text)
        return f'<div style="{_BOX}">{shown}</div>'


def without_addresses(text: str) -> str:
    """Returns text without e-mail addresses, since a notebook is saved and given to others."""
    return _ADDRESS.sub("(e-mail address)", text)


def _safe(text: str) -> str:
    return escape(clean(text))
