"""What a person at a terminal reads of the events."""

import io
import os
from collections.abc import Callable
from unittest.mock import Mock

import pytest
from attrs import evolve
from promptvm_oauth.adapters.listeners.terminal import TerminalListener
from promptvm_oauth.ports.events import (
    BrowserNotOpened,
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    InterruptDelayed,
    LockAwaited,
    LoggedIn,
    LoggedOut,
    LoginPlanned,
    PollingSlowed,
    ProblemNoticed,
    ProfileActivated,
    Recovered,
    Refreshed,
    Retrying,
    StoreDowngraded,
    TokensRemoved,
    UnlockAwaited,
    Waiting,
)

START = "http://127.0.0.1:43210/start/0123456789abcdef0123456789abcdef"
DEVICE = DeviceCodeIssued(
    "work",
    "WDJB-MJHT",
    "https://app.promptvm.ai/device",
    "https://app.promptvm.ai/device?user_code=WDJB-MJHT",
    True,
    600,
)
PLANNED = LoginPlanned(
    "work", "device", "there is no display for a browser", "no display", True, False, ("device",), "ada@example.com"
)
TOLD: list[Event] = [
    PLANNED,
    ProfileActivated("work", "default"),
    BrowserOpened("work", START),
    BrowserNotOpened("work", START, "no browser was found; install one, or name it in BROWSER"),
    DEVICE,
    DeviceCodeIssued("work", "WDJB-MJHT", "ftp://odd.example/device", None, False, 600),
    Waiting("work", 300.0),
    PollingSlowed("work", 10.0),
    Retrying("work", "cannot connect to api.promptvm.ai: connection refused", 10.0),
    Recovered("work"),
    LoggedIn("work", "ada@example.com", "device", "file"),
    InterruptDelayed("work", "the renewal", 28.4),
    LockAwaited("work", 1234, 44.0),
    UnlockAwaited("work", "secret-service", 60.0),
    StoreDowngraded("work", "keychain", "file", "the keychain is locked and nobody unlocked it"),
    ProblemNoticed("work", "the new expiry was not noted in the profile"),
]


class Terminal(io.StringIO):
    """A terminal of 40 columns."""

    def fileno(self) -> int:
        return 9


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    size = os.terminal_size((40, 24))
    monkeypatch.setattr(os, "get_terminal_size", Mock(return_value=size))
    return Terminal()


def told(event: Event) -> str:
    stream = io.StringIO()
    TerminalListener(stream)(event)
    return stream.getvalue()


def test_url_and_code_stand_on_lines_of_their_own() -> None:
    lines = told(DEVICE).splitlines()
    for apart in ("https://app.promptvm.ai/device", "WDJB-MJHT", "https://app.promptvm.ai/device?user_code=WDJB-MJHT"):
        at = lines.index(apart)
        assert lines[at - 1] == lines[at + 1] == ""


def test_a_code_instead_of_a_browser_comes_with_the_reason_and_a_replaced_login_is_named() -> None:
    sentences = "Signing in with a code: there is no display for a browser. This replaces the login of ada@example.com."
    assert " ".join(told(PLANNED).split()) == sentences
    assert told(evolve(PLANNED, replaces="", chosen=False)) == ""
    assert told(evolve(PLANNED, replaces="", flow="browser")) == ""


def test_a_change_of_the_active_profile_is_told() -> None:
    assert told(ProfileActivated("work", "default")) == "work is the active profile now; it was default.\n"


def test_without_a_complete_uri_only_the_page_is_shown() -> None:
    text = told(DeviceCodeIssued("work", "WDJB-MJHT", "https://x.example/d", None, True, 600))
    assert text.count("http") == 1


def test_an_address_that_is_not_safe_comes_with_a_warning() -> None:
    text = told(DeviceCodeIssued("work", "WDJB-MJHT", "http://elsewhere.example/d", None, False, 600))
    assert "only if you trust it" in " ".join(text.split())
    assert text.splitlines()[-2] == "http://elsewhere.example/d"


def test_the_start_url_is_shown_whether_or_not_a_browser_was_opened() -> None:
    assert START in told(BrowserOpened("work", START)).splitlines()
    text = told(BrowserNotOpened("work", START, "no browser was found."))
    assert START in text.splitlines()
    assert "No browser was opened: no browser was found. To sign in" in text


@pytest.mark.parametrize(
    ("process", "who"),
    [
        (lambda: 1234, "another program (process 1234)"),
        (lambda: None, "another program"),
        (os.getpid, "another part of this program"),
    ],
)
def test_the_holder_of_a_lock_is_named_as_far_as_it_is_known(process: Callable[[], int | None], who: str) -> None:
    text = " ".join(told(LockAwaited("work", process(), 44.0)).split())
    assert text == f"Waiting for {who} that is renewing or changing this login, up to 44 s."


def test_a_ctrl_c_that_waits_is_explained() -> None:
    text = told(InterruptDelayed("work", "the renewal", 28.44))
    assert text == "Finishing the renewal before stopping, up to 28.4 s.\n"


@pytest.mark.parametrize("event", TOLD, ids=lambda event: type(event).__name__)
def test_forty_columns_hold_every_line_but_a_url(event: Event, narrow: Terminal) -> None:
    TerminalListener(narrow)(event)
    lines = narrow.getvalue().splitlines()
    assert lines
    assert all(len(line) <= 40 or "://" in line for line in lines)
    assert not any(len(line) > 40 and " " in line for line in lines)


@pytest.mark.parametrize("event", TOLD, ids=lambda event: type(event).__name__)
def test_every_event_ends_with_a_newline_and_is_plain_ascii(event: Event) -> None:
    text = told(event)
    assert text.endswith("\n")
    assert text.isascii()


@pytest.mark.parametrize(
    "event", [TokensRemoved("work"), LoggedOut("work", True), Refreshed("work", 1.0), Event("work")]
)
def test_what_the_person_need_not_know_is_passed_over(event: Event) -> None:
    assert told(event) == ""


@pytest.mark.parametrize(
    "hostile", ["{0}", "%s", "\x1b[2J\x1b]0;owned\x07", "WDJB\r\nEnter your password: ", "\u202eTHJM", "\x9b31m\x00"]
)
def test_foreign_text_cannot_steer_the_terminal(hostile: str) -> None:
    for event in (
        DeviceCodeIssued("work", hostile, hostile, hostile, True, 600),
        DeviceCodeIssued("work", hostile, hostile, None, False, 600),
        BrowserNotOpened("work", hostile, hostile),
        BrowserOpened("work", hostile),
        Retrying("work", hostile, 5.0),
        ProblemNoticed("work", hostile),
        StoreDowngraded("work", hostile, hostile, hostile),
        LoggedIn("work", hostile, "browser", "file"),
        LoginPlanned(hostile, "device", hostile, hostile, True, False, (), hostile),
        ProfileActivated(hostile, hostile),
    ):
        lines = told(event).split("\n")
        assert all(line.isprintable() for line in lines)
        assert "Enter your password:" not in lines


def test_a_keyring_that_waits_for_its_prompt_says_so_and_how_to_stop() -> None:
    event = UnlockAwaited("work", "secret-service", 5.0)
    sentence = "The keyring is locked: answer its prompt, within 5 s. Press Ctrl-C to stop."
    assert " ".join(told(event).split()) == sentence


def test_a_code_of_ten_kilobytes_is_capped() -> None:
    assert len(told(DeviceCodeIssued("work", "X" * 10_000, "https://x.example", None, True, 600))) < 5000


def test_a_stream_without_the_letters_gets_question_marks() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    TerminalListener(stream)(LoggedIn("work", "zoë@example.com", "device", "file"))
    assert raw.getvalue() == b"Signed in as zo?@example.com.\n"


def test_an_event_is_one_write_so_that_threads_do_not_mix_their_lines() -> None:
    writes: list[str] = []

    class Recording(io.StringIO):
        def write(self, text: str) -> int:
            writes.append(text)
            return len(text)

    TerminalListener(Recording())(DEVICE)
    assert len(writes) == 1


@pytest.mark.parametrize(
    ("seconds", "words"), [(5.0, "5 s"), (5.25, "5.2 s"), (60.0, "1 min"), (300.0, "5 min"), (7200.0, "2 h")]
)
def test_durations_are_told_as_a_person_says_them(seconds: float, words: str) -> None:
    assert f"up to {words}." in told(Waiting("work", seconds))
