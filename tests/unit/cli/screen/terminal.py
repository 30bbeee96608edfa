"""A terminal in memory: what the command writes, shown as a person sees it, by pyte."""

import io
import os
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import pyte
import pytest
from pyte.screens import Char

PLAIN = Char(" ")


class Size(NamedTuple):
    columns: int
    lines: int


class Terminal(io.TextIOWrapper):
    """A stream that is a terminal of some size, or a pipe if it has no size."""

    def __init__(self, size: Size | None, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n", write_through=True)
        self.size = size

    def isatty(self) -> bool:
        return self.size is not None

    def fileno(self) -> int:
        return 77  # of no open file

    def written(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)

    def screen(self) -> pyte.Screen:
        """What the terminal shows by now."""
        size = self.size or Size(120, 60)
        screen = pyte.Screen(size.columns, size.lines)
        pyte.Stream(screen).feed(self.written().replace("\n", "\r\n"))
        return screen

    def shown(self) -> str:
        """What a person sees; what is emphasised stands between the signs of its style."""
        screen = self.screen()
        rows = ["".join(_marked(screen, row)).rstrip() for row in range(screen.lines)]
        return "\n".join(rows).rstrip("\n") + "\n"

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Makes this terminal the standard error of the process."""

        def size_of(descriptor: int = 1) -> os.terminal_size:
            if self.size is None or descriptor != self.fileno():
                raise OSError
            return os.terminal_size(self.size)

        monkeypatch.setattr("sys.stderr", self)
        monkeypatch.setattr(os, "get_terminal_size", size_of)


def _marked(screen: pyte.Screen, row: int) -> Iterator[str]:
    cells = [screen.buffer[row][column] for column in range(screen.columns)]
    for style, group in groupby(cells, _style):
        text = "".join(cell.data for cell in group)
        yield f"<{style}>{text}</>" if style else text


def _style(cell: Char) -> str:
    names = ["bold"] if cell.bold else []
    names += [cell.fg] if cell.fg != "default" else []
    names += [f"on {cell.bg}"] if cell.bg != "default" else []
    return " ".join(names)
