"""The QR code of a login, read from a picture of the terminal's window by two scanners, on dark and on light paper."""

import io
import os
import re
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pyte
import pytest
import zxingcpp
from PIL import Image
from promptvm_oauth import terminal_listener
from promptvm_oauth.devserver import DevServer
from promptvm_oauth.ports.events import DeviceCodeIssued

if sys.platform == "win32":
    pytest.skip("there is no pseudo-terminal", allow_module_level=True)

from .picture import picture
from .pseudo_terminal import PseudoTerminal

ZBAR: Any = import_module("pyzbar.pyzbar")  # it has no types
PAPERS = {
    "white on black": ("#e5e5e5", "#000000"),
    "black on white": ("#000000", "#ffffff"),
    "solarized light": ("#657b83", "#fdf6e3"),
}
COMMAND = [sys.executable, "-m", "promptvm_oauth.cli", "login", "--device", "--store", "file"]
PAGE = "https://app.promptvm.ai/device"
URL = f"{PAGE}?user_code=WDJB-MJHT"


def zbar(image: Image.Image) -> list[str]:
    return [found.data.decode() for found in ZBAR.decode(image, symbols=[ZBAR.ZBarSymbol.QRCODE])]


def zxing(image: Image.Image) -> list[str]:
    """Reads as a plain scanner does: a negative is not turned around."""
    return [found.text for found in zxingcpp.read_barcodes(image, try_invert=False)]


SCANNERS: dict[str, Callable[[Image.Image], list[str]]] = {"zbar": zbar, "zxing": zxing}


@pytest.fixture
def environ(tmp_path: Path, dev_server: DevServer) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROMPTVM_", "XDG_"))}
    for name in ("CI", "NO_COLOR", "COLORTERM"):
        kept.pop(name, None)
    return kept | {"HOME": str(tmp_path), "PROMPTVM_BASE_URL": dev_server.base_url, "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("term", ["xterm-256color", "xterm"])
def test_the_code_of_the_login_screen_is_read_on_every_paper(environ: Mapping[str, str], term: str) -> None:
    with PseudoTerminal(COMMAND, {**environ, "TERM": term}, columns=120, lines=40) as terminal:
        terminal.until("^Waiting for you")
        link = terminal.until(r"^http://\S+user_code=\S+$")[0]
        assert re.search(r"^[A-Z]{4}-[A-Z]{4}$", terminal.shown, re.MULTILINE)
        screen = terminal.screen
    read = {
        (paper, scanner): scan(picture(screen, ink=ink, paper=back))
        for paper, (ink, back) in PAPERS.items()
        for scanner, scan in SCANNERS.items()
    }
    assert read == {key: [link] for key in read}


class Window(io.StringIO):
    """A terminal of 80 columns and 50 lines."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 77


def window(monkeypatch: pytest.MonkeyPatch) -> pyte.Screen:
    def size(_: int) -> os.terminal_size:
        return os.terminal_size((80, 50))

    monkeypatch.setattr(os, "get_terminal_size", size)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Window()
    terminal_listener(stream)(DeviceCodeIssued("work", "WDJB-MJHT", PAGE, URL, openable=True, expires_in=600.0))
    screen = pyte.Screen(80, 50)
    pyte.Stream(screen).feed(stream.getvalue().replace("\n", "\r\n"))
    return screen


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("scanner", SCANNERS)
def test_the_code_of_the_librarys_listener_is_read_as_well(
    paper: str, scanner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ink, back = PAPERS[paper]
    assert SCANNERS[scanner](picture(window(monkeypatch), ink=ink, paper=back)) == [URL]


@pytest.mark.parametrize("scanner", SCANNERS)
def test_a_code_in_the_terminals_own_colours_would_be_a_negative_on_dark_paper(
    scanner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = window(monkeypatch)
    for row in screen.buffer.values():
        for column, cell in row.items():
            row[column] = cell._replace(fg="default", bg="default")
    assert SCANNERS[scanner](picture(screen, ink="#000000", paper="#ffffff")) == [URL]
    assert SCANNERS[scanner](picture(screen, ink="#ffffff", paper="#000000")) == []
