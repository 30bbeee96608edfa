"""The screen in other surroundings, and what the user may ask of it."""

import io
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import Mock

import pytest
from attrs import evolve
from promptvm_oauth.cli import main
from promptvm_oauth.cli.screen.live_line import LiveLine
from promptvm_oauth.cli.screen.surroundings import look_at
from promptvm_oauth.domain.use_cases.login_page import PASTE_HINT
from promptvm_oauth.ports.events import (
    BrowserNotOpened,
    DeviceCodeIssued,
    Event,
    LockAwaited,
    LoggedIn,
    LoginPlanned,
    PollingSlowed,
    ProblemNoticed,
    Recovered,
    Retrying,
    UnlockAwaited,
    Waiting,
)

from .scenes import OPENED, Actor, Stage, Told, success
from .terminal import Size, Terminal

CODE = next(event for event in OPENED["device"] if isinstance(event, DeviceCodeIssued))
WINDOW, LARGE = Size(80, 24), Size(120, 40)
VARIABLES = (
    *("CI", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "PROMPTVM_PLAIN", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
    *("TERM_PROGRAM", "VTE_VERSION", "WT_SESSION", "KONSOLE_VERSION"),
)


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


class Play:
    """Plays a login and gives what was written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.code = 0
        self.terminal = Terminal(WINDOW)

    def __call__(
        self,
        *arguments: str,
        size: Size | None = WINDOW,
        encoding: str = "utf-8",
        before: Sequence[Event] | None = None,
        scene: Any = success,
        flow: str = "device",
    ) -> str:
        self.terminal = Terminal(size, encoding)
        self.terminal.install(self._monkeypatch)
        stage = Stage(self._monkeypatch, self.terminal.shown)
        actor = Actor(scene, stage, flow, None if before is None else iter(before))
        self.code = main(["login", *arguments], make_client=actor)
        return self.terminal.written()


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    return Play(monkeypatch)


def rows(text: str) -> list[str]:
    return text.splitlines()


def test_a_login_without_a_qr_code_takes_twelve_lines_at_the_most(play: Play) -> None:
    for flow in ("device", "browser"):
        play(flow=flow)
        assert len(rows(play.terminal.shown().rstrip())) <= 12


def test_the_code_is_alone_on_its_line_and_bold(play: Play) -> None:
    play()
    assert "<bold>WDJB-MJHT</>" in rows(play.terminal.shown())


@pytest.mark.parametrize(
    ("name", "value"), [("CI", "true"), ("TERM", "dumb"), ("TERM", ""), ("PROMPTVM_PLAIN", "1"), ("TERM", "unknown")]
)
def test_some_terminals_get_plain_text_that_is_only_appended(
    play: Play, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    piped = play(size=None)
    monkeypatch.setenv(name, value)
    assert play(size=LARGE) == piped
    assert "\x1b" not in piped
    assert "\r" not in piped


def test_a_user_of_a_screen_reader_asks_for_plain_text_by_an_option(play: Play) -> None:
    assert play("--plain", size=LARGE) == play(size=None)


def test_without_rich_the_same_text_is_plain(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    piped = play(size=None)
    monkeypatch.setitem(sys.modules, "rich", None)
    assert play(size=LARGE) == piped


@pytest.mark.parametrize("plain", [["--plain"], []])
def test_an_ascii_terminal_gets_ascii_and_no_question_marks(play: Play, plain: list[str]) -> None:
    text = play(*plain, encoding="ascii", size=LARGE)
    assert "?" not in text.replace("?user_code", "")
    assert "Signed in as ada@example.com" in text


def test_an_ascii_terminal_separates_by_hyphens(play: Play) -> None:
    assert "Waiting for you to sign in - 10:00 left - Ctrl-C stops" in play(encoding="ascii")


def test_without_colours_no_colour_is_sent(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = play(size=LARGE)
    assert not any(f"\x1b[{number}" in text for number in (3, 4, 9, 10, "1;3", "2;3"))
    assert "\x1b[1mWDJB-MJHT\x1b[0m" in text


@pytest.mark.parametrize(
    ("name", "value", "linked"),
    [
        ("TERM_PROGRAM", "WezTerm", True),
        ("TERM_PROGRAM", "Apple_Terminal", False),
        ("TERM", "xterm-kitty", True),
        ("VTE_VERSION", "7600", True),
        ("VTE_VERSION", "4999", False),
        ("VTE_VERSION", "x", False),
        ("WT_SESSION", "1", True),
        ("KONSOLE_VERSION", "230401", True),
    ],
)
def test_the_address_is_a_link_where_the_terminal_takes_one(
    play: Play, monkeypatch: pytest.MonkeyPatch, name: str, value: str, linked: bool
) -> None:
    monkeypatch.setenv(name, value)
    text = play()
    assert (f";{CODE.verification_uri_complete}\x1b\\{CODE.verification_uri_complete}" in text) is linked
    assert (";https://app.promptvm.ai/device\x1b\\https://app.promptvm.ai/device\x1b]8;;\x1b\\ and" in text) is linked
    assert ("\x1b]8;" in text) is linked


def test_an_unsafe_address_is_neither_a_link_nor_a_drawing(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "WezTerm")
    text = play("--qr", size=LARGE, before=[evolve(CODE, openable=False)])
    assert "\x1b]8;" not in text
    assert "█" not in text
    assert "No QR code is shown: the server sent no safe address with the code in it." in text


def test_foreign_text_cannot_steer_the_terminal(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "WezTerm")
    bad = "\x1b[2J\x07\x1b]8;;http://evil\x1b\\[bold]\u202e"
    events = [
        LoginPlanned(bad, "device", bad, bad, True, False, ("browser",), bad),
        DeviceCodeIssued(bad, bad, f"https://{bad}", f"https://{bad}", True, 60.0),
        BrowserNotOpened(bad, f"https://{bad}", bad),
        Waiting("work", 60.0),
        Retrying("work", bad, 5.0),
        ProblemNoticed("work", bad),
    ]
    text = play("--copy", before=events)
    assert not any(part in text for part in ("\x1b[2J", "\x07", "\u202e", "\x1b]8;;http://evil"))


@pytest.mark.parametrize(("lines", "drawn"), [(24, False), (29, False), (31, True), (40, True)])
def test_a_qr_code_is_drawn_where_the_code_stays_on_the_screen(play: Play, lines: int, drawn: bool) -> None:
    text = play(size=Size(80, lines))
    assert ("█" in text) is drawn
    assert "<bold>WDJB-MJHT</>" in rows(play.terminal.shown())


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (Size(80, 24), "it needs a window of 33 columns and 30 lines"),
        (Size(30, 60), "it needs a window of 33 columns"),
        (None, "this is no terminal that shows colours"),
    ],
)
def test_a_qr_code_that_was_asked_for_is_drawn_or_explained(play: Play, size: Size | None, reason: str) -> None:
    assert reason in " ".join(re.sub(r"\x1b\[[0-9;]*m", "", play("--qr", size=size)).split())
    assert "█" in play("--qr", size=LARGE)
    assert "QR" not in play(size=size)


def test_a_qr_code_that_was_asked_for_is_drawn_on_plain_terminals_too(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "█" in play("--qr", "--plain", size=LARGE)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "█" in play("--qr", size=LARGE)


def test_a_qr_code_without_its_package_names_the_extra(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def spec(name: str) -> object:
        return None if name == "segno" else object()

    monkeypatch.setattr("importlib.util.find_spec", spec)
    assert "No QR code is shown: it needs segno; install promptvm-oauth[cli]." in play("--qr", size=LARGE)


def test_a_qr_code_needs_blocks(play: Play) -> None:
    assert "encoding has no blocks" in play("--qr", size=LARGE, encoding="ascii")


def test_no_qr_code_is_drawn_for_who_wants_none(play: Play) -> None:
    assert "█" not in play("--no-qr", size=LARGE)


def test_a_code_is_sent_to_the_clipboard_of_a_terminal_and_that_is_said(play: Play) -> None:
    text = play("--copy")
    assert "\x1b]52;c;V0RKQi1NSkhU\x07" in text
    assert "and enter this code (sent to your terminal's clipboard):" in " ".join(text.split())
    assert "\x1b]52" not in play()


@pytest.mark.parametrize(
    ("size", "code", "reason"),
    [(None, "WDJB-MJHT", "this is no terminal that takes it"), (WINDOW, "WDJB MJHT", "it has unusual characters")],
)
def test_a_code_that_is_not_sent_says_why(play: Play, size: Size | None, code: str, reason: str) -> None:
    text = play("--copy", size=size, before=[evolve(CODE, user_code=code)])
    assert f"The code was not sent to a clipboard: {reason}." in text
    assert "\x1b]52" not in text


def test_a_replaced_login_is_named_before_anything_opens(play: Play) -> None:
    plan, *rest = OPENED["browser"]
    assert isinstance(plan, LoginPlanned)
    text = play(before=[evolve(plan, replaces="ada@example.com"), *rest])
    assert text.index("Replaces the login of ada@example.com.") < text.index("Continue in your browser")


class Keyboard(io.StringIO):
    """A terminal that a person types into."""

    def isatty(self) -> bool:
        return True


def test_the_browser_opens_after_enter_where_that_was_asked_for(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard = Keyboard("\nmore")
    monkeypatch.setattr("sys.stdin", keyboard)
    text = play("--ask", flow="browser")
    assert play.code == 0
    assert text.index("Press Enter to open the browser, or Ctrl-C to stop.") < text.index("Continue in your browser")
    assert keyboard.read() == "more"


def test_enter_is_not_waited_for_where_no_browser_opens(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(""))
    assert "Press Enter" not in play("--ask", flow="device")
    assert play.code == 0


def test_the_end_of_the_input_in_place_of_enter_stops(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(""))
    text = play("--ask", flow="browser")
    assert play.code == 130
    assert "Continue in your browser" not in text


@pytest.mark.parametrize(("keyboard", "size"), [(io.StringIO("\n"), WINDOW), (Keyboard("\n"), None)])
def test_nobody_can_be_asked_without_a_terminal(
    play: Play, monkeypatch: pytest.MonkeyPatch, keyboard: io.StringIO, size: Size | None
) -> None:
    monkeypatch.setattr("sys.stdin", keyboard)
    text = play("--ask", size=size, flow="browser")
    assert play.code == 2
    assert "--ask waits for you to press Enter, so it needs a terminal" in text


def test_a_ctrl_c_after_the_login_says_that_it_was_done(play: Play) -> None:
    def late(stage: Stage, told: Told, flow: str) -> Any:
        told(LoggedIn("work", "ada@example.com", flow, "file"))
        raise KeyboardInterrupt

    assert play(scene=late).endswith("Stopped; ada@example.com had been signed in by then.\n")


def test_what_happens_meanwhile_stands_above_the_live_line(play: Play) -> None:
    def busy(stage: Stage, told: Told, flow: str) -> Any:
        told(ProblemNoticed("work", "the clock is wrong"))
        told(LockAwaited("work", None, 44.0))
        told(PollingSlowed("work", 10.0))
        told(Retrying("work", "it is off", 10.0))
        told(Recovered("work"))
        stage.look()
        raise KeyboardInterrupt

    play(scene=busy)
    shown = rows(play.terminal.shown())
    assert "Note: the clock is wrong" in shown
    assert not any("slow down" in row or "Waiting for you" in row for row in shown)
    assert "slow down" in play(scene=busy, size=None)


def test_a_locked_keychain_is_waited_for_in_the_live_line(play: Play) -> None:
    def locked(stage: Stage, told: Told, flow: str) -> Any:
        told(UnlockAwaited("work", "keyring", 60.0))
        stage.wait(8)
        stage.look()
        return success(stage, told, flow)

    assert "The keychain is locked: answer its prompt · 0:52 left · Ctrl-C stops" in play(scene=locked, before=[])
    assert "answer its prompt" not in play.terminal.shown()
    assert "answer its prompt, within 1 min" in play(scene=locked, before=[], size=None)


def test_a_browser_elsewhere_is_told_where_to_paste(play: Play) -> None:
    assert "paste that address here" in " ".join(play(before=[ProblemNoticed("work", PASTE_HINT)]).split())


def test_a_result_in_json_leaves_the_screen_without_one(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Signed in" not in play("--json")


def test_the_live_line_is_drawn_only_if_it_changed_and_never_after_its_end() -> None:
    stream, words, ticks = io.StringIO(), ["one"], list[Callable[[], object]]()

    def start(tick: Callable[[], object]) -> Callable[[], None]:
        ticks.append(tick)
        return lambda: None

    line = LiveLine(stream, lambda: words[0], start)
    line.show()
    ticks[0]()
    assert stream.getvalue() == "one"
    words[0] = "two"
    ticks[0]()
    with line.above():
        stream.write("note\n")
    line.close()
    ticks[0]()
    assert stream.getvalue() == "one\r\x1b[2Ktwo\r\x1b[2Knote\ntwo\r\x1b[2K"


def test_a_ctrl_c_while_the_line_is_drawn_leaves_no_line_behind() -> None:
    class Interrupted(io.StringIO):
        def flush(self) -> None:
            if self.getvalue().endswith("one"):
                raise KeyboardInterrupt

    stream = Interrupted()
    line = LiveLine(stream, lambda: "one", lambda _: lambda: None)
    with pytest.raises(KeyboardInterrupt):
        line.show()
    line.close()
    assert stream.getvalue() == "one\r\x1b[2K"


def test_a_stream_that_breaks_ends_no_login(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Terminal):
        def write(self, text: str) -> int:
            raise OSError(5, "gone")

    monkeypatch.setattr(sys.modules[__name__], "Terminal", Broken)
    play()
    assert play.code == 0


@pytest.mark.parametrize("legacy", [True, False])
def test_on_windows_the_console_says_whether_it_obeys(legacy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.console.detect_legacy_windows", Mock(return_value=legacy))
    assert look_at(Terminal(WINDOW), plain=False, environ={}, platform="win32").live is not legacy


def test_on_windows_without_rich_text_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    assert not look_at(Terminal(WINDOW), plain=False, environ={}, platform="win32").terminal


def test_a_ctrl_c_that_a_plain_terminal_shows_stands_on_a_line_of_its_own(play: Play) -> None:
    def stopped(stage: Stage, told: Told, flow: str) -> Any:
        stage.look()
        raise KeyboardInterrupt

    assert "Ctrl-C to stop.\n\nStopped" in play("--plain", scene=stopped)
    assert "Ctrl-C to stop.\nStopped" in play(scene=stopped, size=None)


def test_a_stream_that_cannot_tell_is_no_terminal() -> None:
    class Odd(io.StringIO):
        def isatty(self) -> bool:
            raise ValueError("closed")

    assert not look_at(Odd(), plain=False, environ={"TERM": "xterm"}).terminal
