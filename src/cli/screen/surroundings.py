"""What the terminal of a login takes: a live line, emphasis, links; anything else gets plain text."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from ...ports.streams import encoding_of, size

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

PLAIN = "PROMPTVM_PLAIN"
"""The variable that asks for plain text, as `--plain` does."""

WIDTH = 80
"""The width of sentences in columns, and the width if it is unknown."""

_OFF = frozenset({"", "0", "false", "no", "off"})
_LINKING_TERMINALS = frozenset({"xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "wezterm"})
_LINKING_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "mintty", "rio", "Tabby"})
_LINKING_VARIABLES = ("WT_SESSION", "KONSOLE_VERSION")
_LEAST_VTE = 5000
"""The version 0.50 of the widget of GNOME's terminals; older ones crash on some links."""


class Surroundings(NamedTuple):
    """What may be written to a stream.

    Attributes:
        terminal: whether it is a terminal that obeys control sequences.
        live: whether a line may be written again.
        styles: whether text may be emphasised.
        colours: whether it may be coloured.
        links: whether the terminal is known to take hyperlinks (OSC 8).
    """

    terminal: bool = False
    live: bool = False
    styles: bool = False
    colours: bool = False
    links: bool = False


def look_at(
    stream: TextIO, *, plain: bool, environ: Mapping[str, str] | None = None, platform: str = sys.platform
) -> Surroundings:
    """Returns what may be written to a stream.

    Args:
        stream: the stream of the messages.
        plain: whether the user asked for plain text, for instance since a screen reader reads it.
        environ: the environment variables; by default those of this process.
        platform: the value of `sys.platform`.
    """
    environ = os.environ if environ is None else environ
    if not is_tty(stream) or not _obeys(environ, platform):
        return Surroundings()
    if plain or is_on(environ, PLAIN) or is_on(environ, "CI") or not _has_rich():
        return Surroundings(terminal=True)
    return Surroundings(True, True, True, not environ.get("NO_COLOR"), _takes_links(environ))  # noqa: FBT003 (in order)


def is_on(environ: Mapping[str, str], name: str) -> bool:
    """Returns whether a variable is set and not switched off."""
    return environ.get(name, "").strip().lower() not in _OFF


def is_tty(stream: TextIO | None) -> bool:
    """Returns whether a stream is a terminal; a closed or absent one is not, nor an object that cannot tell."""
    try:
        return stream is not None and bool(stream.isatty())
    except Exception:  # noqa: BLE001 (host programs put any object there)
        return False


def width_of(stream: TextIO) -> int:
    """Returns the width of a stream in columns, or `WIDTH` if it is not known."""
    return size(stream)[0] or WIDTH


def encodes(text: str, stream: TextIO) -> bool:
    """Returns whether a stream's encoding has all characters of a text."""
    try:
        text.encode(encoding_of(stream))
    except UnicodeEncodeError:
        return False
    return True


def _obeys(environ: Mapping[str, str], platform: str) -> bool:
    """Returns whether a terminal obeys control sequences."""
    if platform != "win32":
        return environ.get("TERM", "") not in {"", "dumb", "unknown"}
    if not _has_rich():
        return False
    from rich.console import detect_legacy_windows

    return not detect_legacy_windows()


def _has_rich() -> bool:
    from importlib.util import find_spec

    try:
        return find_spec("rich") is not None
    except ValueError:  # something else stands in its place
        return False


def _takes_links(environ: Mapping[str, str]) -> bool:
    vte = environ.get("VTE_VERSION", "")
    return (
        environ.get("TERM", "") in _LINKING_TERMINALS
        or environ.get("TERM_PROGRAM", "") in _LINKING_PROGRAMS
        or any(environ.get(name) for name in _LINKING_VARIABLES)
        or (re.fullmatch(r"[0-9]{1,9}", vte) is not None and int(vte) >= _LEAST_VTE)
    )
