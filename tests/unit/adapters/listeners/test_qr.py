"""The QR code beside a device code: for terminals with room, and of a URL that was checked."""

import io
import os
import sys

import pytest
from promptvm_oauth.adapters.listeners.qr import qr_code
from promptvm_oauth.adapters.listeners.terminal import TerminalListener
from promptvm_oauth.ports.events import DeviceCodeIssued

URL = "https://app.promptvm.ai/device?user_code=ABCD-EFGH"


class Screen(io.TextIOWrapper):
    """A terminal of some columns."""

    def __init__(self, encoding: str = "utf-8", *, tty: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty

    def shown(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


def issued(*, openable: bool = True) -> DeviceCodeIssued:
    return DeviceCodeIssued("work", "ABCD-EFGH", "https://app.promptvm.ai/device", URL, openable, 600.0)


def test_a_code_fits_a_window_of_40_columns_and_tells_of_nothing_but_blocks() -> None:
    drawn = qr_code(URL, 40, "utf-8")

    assert drawn
    assert max(map(len, drawn.splitlines())) <= 40
    assert set(drawn) <= set("█▀▄ \n")


@pytest.mark.parametrize(("width", "encoding"), [(20, "utf-8"), (80, "ascii"), (80, "no such encoding")])
def test_without_room_or_blocks_there_is_no_code(width: int, encoding: str) -> None:
    assert qr_code(URL, width, encoding) == ""


def test_without_the_package_there_is_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)

    assert qr_code(URL, 80, "utf-8") == ""


def test_a_terminal_is_shown_the_code_and_a_pipe_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def size(_: int) -> os.terminal_size:
        return os.terminal_size((80, 24))

    monkeypatch.setattr(os, "get_terminal_size", size)
    screen, pipe = Screen(), Screen(tty=False)
    for stream in (screen, pipe):
        TerminalListener(stream)(issued())

    assert "█" in screen.shown()
    assert "█" not in pipe.shown()
    assert URL in screen.shown()


def test_an_address_that_is_not_to_be_opened_is_not_drawn() -> None:
    screen = Screen()
    TerminalListener(screen)(issued(openable=False))

    assert "█" not in screen.shown()
