"""The QR code above a device code: for terminals with room and colours, and of a URL that was checked."""

import io
import os
import sys
from unittest.mock import Mock

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


@pytest.fixture(autouse=True)
def window(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The size of every terminal, which a test may change."""
    size = {"columns": 80, "lines": 40}

    def of(_: int) -> os.terminal_size:
        return os.terminal_size((size["columns"], size["lines"]))

    monkeypatch.setattr(os, "get_terminal_size", of)
    monkeypatch.setattr(Screen, "fileno", Mock(return_value=2))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return size


def issued(*, openable: bool = True) -> DeviceCodeIssued:
    return DeviceCodeIssued("work", "ABCD-EFGH", "https://app.promptvm.ai/device", URL, openable, 600.0)


def told(screen: Screen, *, openable: bool = True) -> str:
    TerminalListener(screen)(issued(openable=openable))
    return screen.shown()


def test_a_code_is_a_rectangle_of_half_blocks_with_the_margin_that_the_norm_asks_for() -> None:
    drawn = qr_code(URL, 80, 40, "utf-8")

    assert {len(line) for line in drawn} == {37}
    assert len(drawn) == 19
    assert set("".join(drawn)) == set("█▀▄ ")
    assert all(line.startswith("    ") and line.endswith("    ") for line in drawn)
    assert drawn[0].strip() == drawn[1].strip() == drawn[-1].strip() == ""


@pytest.mark.parametrize(("columns", "rows"), [(36, 19), (37, 18), (33, 17)])
def test_where_room_is_scarce_the_margin_is_smaller(columns: int, rows: int) -> None:
    drawn = qr_code(URL, columns, rows, "utf-8")

    assert ({len(line) for line in drawn}, len(drawn)) == ({33}, 17)


@pytest.mark.parametrize(
    ("columns", "rows", "encoding"),
    [(32, 40, "utf-8"), (80, 16, "utf-8"), (80, -3, "utf-8"), (80, 40, "ascii"), (80, 40, "no such encoding")],
)
def test_without_room_or_blocks_there_is_no_code(columns: int, rows: int, encoding: str) -> None:
    assert qr_code(URL, columns, rows, encoding) == ()


def test_without_the_package_there_is_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)

    assert qr_code(URL, 80, 40, "utf-8") == ()


def test_a_terminal_is_shown_the_code_black_on_white_above_the_words_and_a_pipe_is_not() -> None:
    screen, pipe = told(Screen()), told(Screen(tty=False))
    lines = screen.splitlines()

    assert all(line.startswith("\x1b[30;47m") and line.endswith("\x1b[0m") for line in lines[:19])
    assert "\x1b" not in "".join(lines[19:])
    assert screen.endswith(pipe)
    assert "█" not in pipe
    assert URL in pipe


def test_the_code_to_enter_is_never_pushed_off_the_window(window: dict[str, int]) -> None:
    heights: list[int] = []
    for window["lines"] in range(20, 50):
        text = told(Screen())
        if "█" in text:
            heights.append(window["lines"] - len(text.splitlines()))
    assert heights[:2] == [4, 5]


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_where_no_colour_can_be_set_nothing_is_drawn(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert "█" not in told(Screen())


def test_an_address_that_is_not_to_be_opened_is_not_drawn() -> None:
    assert "█" not in told(Screen(), openable=False)
