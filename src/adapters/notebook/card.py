"""The card of one login, as HTML and as text: a pure function of the events and of the time.

All text is escaped. The styles are attributes, since front ends drop style sheets of outputs, and fit light and dark.
The last form of a card holds no link, no code and no name, for it is saved with the notebook.
"""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlsplit

from attrs import define, evolve

from ...ports.events import (
    BrowserNotOpened,
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    LoggedIn,
    LoginFailed,
    ProblemNoticed,
    Recovered,
    Retrying,
    StoreDowngraded,
    UnlockAwaited,
    Waiting,
)
from ...ports.loopback import is_loopback
from ...ports.text import MAX_URL, clean, countdown

_BOX = (
    "max-width:30em;padding:.9em 1.1em;border:1px solid rgba(128,128,128,.4);border-radius:10px;"
    "font-family:system-ui,sans-serif;line-height:1.5;overflow-wrap:anywhere"
)
_CODE = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:1.6em;font-weight:600;letter-spacing:.06em"
_SOFT = "opacity:.7;font-size:.9em"


@define(frozen=True)
class Card:
    """What is known of one login.

    Attributes:
        title: the first line.
        link: the page to open; empty if there is none.
        linked: whether the page was checked, so that it may be a link.
        code: the code to compare or to enter; empty if there is none.
        deadline: when the wait for the user ends, in seconds of a monotonic clock, or None.
        notice: the latest problem.
        kept: what stays on the card at the end.
        ended: whether the login is finished.
    """

    title: str = "Sign in"
    link: str = ""
    linked: bool = False
    code: str = ""
    deadline: float | None = None
    notice: str = ""
    kept: str = ""
    ended: bool = False

    def after(self, event: Event, now: float) -> "Card":
        """Returns the card after an event; the same one if the event changes nothing.

        Args:
            event: what happened.
            now: the monotonic clock, in seconds.
        """
        change = _CHANGES.get(type(event))
        return self if change is None else change(self, event, now)

    def bundle(self, now: float) -> dict[str, str]:
        """Returns the card by media type.

        Args:
            now: the monotonic clock, in seconds.
        """
        return {"text/html": self._html(now), "text/plain": "\n".join(self._lines(now))}

    def _left(self, now: float) -> str:
        """Returns the time that is left, such as `4:05`, or the empty text if the login does not wait."""
        if self.deadline is None or self.ended:
            return ""
        return f"Waiting for you, {countdown(self.deadline - now)} left"

    def _lines(self, now: float) -> list[str]:
        lines = (self.title, self.link, self.code, self._left(now), self.notice, self.kept)
        return [clean(line, MAX_URL) for line in lines if line]

    def _html(self, now: float) -> str:
        link, code = escape(self.link), escape(self.code)
        if self.linked:
            link = f'<a href="{link}" target="_blank" rel="noopener noreferrer">{link}</a>'
        parts = [
            f"<div><b>{escape(clean(self.title))}</b></div>",
            f"<div>{link}</div>" if link else "",
            f'<div style="{_CODE}">{code}</div>' if code else "",
            *(f'<div style="{_SOFT}">{escape(clean(text))}</div>' for text in self._small(now) if text),
        ]
        return f'<div style="{_BOX}">{"".join(parts)}</div>'

    def _small(self, now: float) -> tuple[str, str, str]:
        return self._left(now), self.notice, self.kept


def _is_safe(url: str) -> bool:
    """Returns whether a page may be a link: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    except ValueError:
        return False


def _page(card: Card, title: str, url: str) -> Card:
    return evolve(card, title=title, link=clean(url, MAX_URL), linked=_is_safe(url), code="")


def _device(card: Card, event: DeviceCodeIssued, _: float) -> Card:
    page = event.verification_uri_complete or event.verification_uri
    verb = "compare" if event.verification_uri_complete else "enter"
    shown = _page(card, f"To sign in, open this page on any device and {verb} the code:", page)
    return evolve(shown, linked=event.openable and shown.linked, code=clean(event.user_code), notice="")


def _ended(title: str, kept: str = "") -> Card:
    return Card(title, kept=kept, ended=True)


_CHANGES: dict[type[Event], Callable[[Card, Any, float], Card]] = {
    BrowserOpened: lambda card, event, _: _page(
        card, "Sign in with the browser that was opened, or open this page:", event.url
    ),
    BrowserNotOpened: lambda card, event, _: _page(card, "To sign in, open this page:", event.url),
    DeviceCodeIssued: _device,
    Waiting: lambda card, event, now: evolve(card, deadline=now + event.seconds),
    Retrying: lambda card, event, _: evolve(card, notice=f"{event.reason}; trying again"),
    Recovered: lambda card, _, __: evolve(card, notice=""),
    ProblemNoticed: lambda card, event, _: evolve(card, notice=event.problem),
    UnlockAwaited: lambda card, event, _: evolve(card, notice=f"the {event.store} is locked: answer its prompt"),
    StoreDowngraded: lambda card, event, _: evolve(card, kept=f"Kept in the {event.used}, since: {event.reason}"),
    LoggedIn: lambda card, event, _: _ended(
        f"\u2713 Signed in: profile {event.profile}, kept in {event.store}", card.kept
    ),
    LoginFailed: lambda _, event, __: _ended(f"\u2717 Not signed in: {event.reason}"),
}
"""How each kind of event changes a card; other kinds change nothing."""
