"""A picture of a terminal's window, as its pixels would be: half blocks are rectangles, as terminals draw them."""

import pyte
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 8, 16
"""The size of a cell in pixels."""

_NAMED = {
    "black": "#000000",
    "red": "#cd0000",
    "green": "#00cd00",
    "brown": "#cdcd00",
    "blue": "#0000ee",
    "magenta": "#cd00cd",
    "cyan": "#00cdcd",
    "white": "#e5e5e5",
    "brightwhite": "#ffffff",
}
"""The colours of xterm. Its white is a light grey."""

_HALVES = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}


def picture(screen: pyte.Screen, *, ink: str, paper: str) -> Image.Image:
    """Draws a window; letters, which no scanner reads, are drawn as small boxes.

    Args:
        screen: the window.
        ink: the terminal's own foreground colour.
        paper: its own background colour.
    """
    image = Image.new("RGB", (screen.columns * WIDTH, screen.lines * HEIGHT), paper)
    draw = ImageDraw.Draw(image)
    for row in range(screen.lines):
        for column in range(screen.columns):
            cell = screen.buffer[row][column]
            front, back = _colour(cell.fg, ink), _colour(cell.bg, paper)
            left, top = column * WIDTH, row * HEIGHT
            middle, bottom = top + HEIGHT // 2, top + HEIGHT - 1
            draw.rectangle((left, top, left + WIDTH - 1, bottom), back)
            upper, lower = _HALVES.get(cell.data, (False, False))
            if upper:
                draw.rectangle((left, top, left + WIDTH - 1, middle - 1), front)
            if lower:
                draw.rectangle((left, middle, left + WIDTH - 1, bottom), front)
            if cell.data not in _HALVES:
                draw.rectangle((left + 2, top + 4, left + WIDTH - 3, bottom - 4), front)
    return image


def _colour(name: str, own: str) -> str:
    return own if name == "default" else _NAMED.get(name) or f"#{name}"
