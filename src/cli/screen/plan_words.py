"""The one line that says how the user signs in and why, before anything opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ports.text import capital
from .lines import Kind, Line, readable

if TYPE_CHECKING:
    from ...ports.events import LoginPlanned

_OTHERS = {
    "browser": (("device", "--device shows a code instead"), ("paste", "--paste takes the address that you paste")),
    "device": (("browser", "--browser forces one"), ("paste", "--paste works with a browser elsewhere")),
    "paste": (("device", "--device shows a code instead"), ("browser", "--browser forces a browser here")),
}
"""For each flow the others, and what the option for it does; the first one that the server offers is named."""


def plan_line(event: LoginPlanned, width: int) -> Line:
    """Returns the plan of a login in one sentence, as long as fits into one row.

    Args:
        event: the plan.
        width: the width of the row, in columns.
    """
    ways = _ways(event)
    if not event.chosen:
        return Line(f"{capital(ways[0])}: {readable(event.reason)}.", Kind.QUIET)
    others = _OTHERS.get(event.flow, ())
    other = next((f"; {words}" for flow, words in others if flow in event.offers), "")
    if event.place:
        variants = [f"{capital(readable(event.place))}: {way}{other}" for way in ways]
    elif event.flow == "browser":
        variants = [f"{capital(way)}{other}" for way in ways]
    else:
        variants = [f"{capital(way)}: {readable(event.reason)}" for way in ways]
    return Line(next((text for text in variants if len(text) <= width), variants[-1]), Kind.QUIET)


def _ways(event: LoginPlanned) -> tuple[str, ...]:
    """Returns what is done, the longer words first."""
    if event.flow == "device":
        return (
            "showing a code instead of opening a browser",
            "showing a code, not opening a browser",
            "showing a code",
        )
    if event.flow == "paste":
        return ("showing a page whose last address you paste here", "you paste an address here")
    return ("opening a browser",) if event.opens else ("showing a page for your browser",)
