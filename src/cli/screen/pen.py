"""Turns lines into what is written: plain text, or text with emphasis and links for a terminal, by rich."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

from .lines import Kind
from .surroundings import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from .lines import Line
    from .surroundings import Surroundings

_UNWRAPPED = frozenset({Kind.ADDRESS, Kind.CODE, Kind.DRAWING})

_STYLES = {
    Kind.QUIET: "dim",
    Kind.GOOD: "bold green",
    Kind.WARNING: "yellow",
    Kind.CODE: "bold",
    Kind.DRAWING: "color(16) on color(231)",
}
"""The colours 16 and 231 are black and white in every palette of 256; rich replaces them where there are fewer."""


class Pen:
    """Lays lines out for one stream.

    Args:
        surroundings: what the stream takes.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._takes = surroundings
        self._made: Console | None = None

    def drawn(self, lines: Iterable[Line], width: int) -> str:
        """Returns lines as text, each with its newline.

        Args:
            lines: the lines.
            width: the width of the stream in columns; sentences are never wider than `WIDTH`.
        """
        return "".join(f"{self._styled(row, line)}\n" for line in lines for row in _wrapped(line, min(width, WIDTH)))

    def one_row(self, text: str, kind: Kind, width: int) -> str:
        """Returns a text on one row that is not wider than a number of columns, without a newline."""
        from rich.cells import cell_len, set_cell_size

        return self._style(text if cell_len(text) <= width else set_cell_size(text, width), kind, "")

    def _styled(self, row: str, line: Line) -> str:
        if not self._takes.styles and not (line.kind is Kind.DRAWING and self._takes.terminal):
            return row
        return self._style(row, line.kind, line.link if self._takes.links else "")

    def _style(self, row: str, kind: Kind, link: str) -> str:
        from rich.text import Text

        text = Text(row, style=_STYLES.get(kind, ""), no_wrap=True, overflow="ignore", end="")
        at = row.find(link) if link else -1
        if at >= 0:
            text.stylize(f"link {link}", at, at + len(link))
        console = self._console
        with console.capture() as captured:
            console.print(text, soft_wrap=True, end="")
        return captured.get()

    @property
    def _console(self) -> Console:
        """A console that renders only; what may be rendered was decided by `Surroundings`."""
        if self._made is None:
            from rich.console import Console

            self._made = Console(
                file=io.StringIO(),
                force_terminal=True,
                color_system="auto",
                no_color=not self._takes.colours,
                highlight=False,
                markup=False,
                emoji=False,
                legacy_windows=False,
            )
        return self._made


def _wrapped(line: Line, width: int) -> Iterator[str]:
    if line.kind in _UNWRAPPED or not line.text:
        yield line.text
        return
    indent = "  " if line.kind is Kind.DETAIL else ""
    hanging = "  " if line.kind in {Kind.DETAIL, Kind.GOOD} else ""
    yield from textwrap.wrap(
        line.text,
        width,
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
