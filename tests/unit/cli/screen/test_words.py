"""The words of the screen: the plan, the wait, what an outage reads like, the result."""

import time
from datetime import UTC, datetime
from math import inf

import pytest
from attrs import evolve
from promptvm_oauth import LoginResult
from promptvm_oauth.cli.screen.blocks import code_block, not_opened_block
from promptvm_oauth.cli.screen.clipboard import clipboard_sequence
from promptvm_oauth.cli.screen.lines import Kind
from promptvm_oauth.cli.screen.plan_words import plan_line
from promptvm_oauth.cli.screen.progress import Progress, Times
from promptvm_oauth.cli.screen.result import result_lines
from promptvm_oauth.domain.plan import RULES
from promptvm_oauth.ports.events import (
    BrowserNotOpened,
    DeviceCodeIssued,
    LoginPlanned,
    Retrying,
    UnlockAwaited,
    Waiting,
)

from .scenes import ADA, FLOWS, OPENED, START

SSH = LoginPlanned("work", "device", "SSH_TTY is set", "SSH session", True, False, FLOWS)
OPENING = LoginPlanned("work", "browser", "a browser can be opened here", "", True, True, FLOWS)
RESULT = LoginResult("work", ADA, None, None, "device", "file", "", True, None, "https://api.promptvm.ai")


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (SSH, "SSH session: showing a code instead of opening a browser; --browser forces one"),
        (
            evolve(SSH, place="no display"),
            "No display: showing a code instead of opening a browser; --browser forces one",
        ),
        (
            evolve(SSH, place="PROMPTVM_HEADLESS"),
            "PROMPTVM_HEADLESS: showing a code, not opening a browser; --browser forces one",
        ),
        (
            evolve(SSH, offers=("device", "paste")),
            "SSH session: showing a code; --paste works with a browser elsewhere",
        ),
        (evolve(SSH, offers=("device",)), "SSH session: showing a code instead of opening a browser"),
        (OPENING, "Opening a browser; --device shows a code instead"),
        (evolve(OPENING, place="WSL"), "WSL: opening a browser; --device shows a code instead"),
        (
            evolve(OPENING, place="SSH session with a fixed port", opens=False),
            "SSH session with a fixed port: showing a page for your browser; --device shows a code instead",
        ),
        (evolve(OPENING, chosen=False, reason="you chose it"), "Opening a browser: you chose it."),
        (
            evolve(SSH, chosen=False, reason="it is this profile's remembered choice", place=""),
            "Showing a code instead of opening a browser: it is this profile's remembered choice.",
        ),
        (
            evolve(SSH, place="", reason="the server does not offer the browser flow", offers=("device",)),
            "Showing a code: the server does not offer the browser flow",
        ),
        (
            evolve(SSH, flow="paste"),
            "SSH session: you paste an address here; --device shows a code instead",
        ),
        (evolve(SSH, flow="of a later version"), "SSH session: showing a page for your browser"),
    ],
)
def test_the_plan_is_one_sentence_that_says_what_is_done_and_why(plan: LoginPlanned, words: str) -> None:
    assert plan_line(plan, 80).text == words


@pytest.mark.parametrize("place", sorted({rule.place for rule in RULES if rule.flow == "device"}))
def test_the_plan_of_a_code_fits_one_row_of_80_columns_wherever_it_is_chosen(place: str) -> None:
    assert len(plan_line(evolve(SSH, place=place), 80).text) <= 80


def clocks(passed: list[float]) -> Times:
    return Times(lambda: START + passed[0], lambda: passed[0])


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (120, "The server has not answered since 18:58, trying again in 8 s | 9:58 left | it is off"),
        (72, "The server has not answered since 18:58, trying again in 8 s | 9:58 left"),
        (60, "The server has not answered since 18:58, trying again in 8 s"),
        (51, "No answer since 18:58, next try in 8 s | 9:58 left"),
        (39, "No answer since 18:58, next try in 8 s"),
        (30, "No answer, trying again in 8 s"),
        (5, "No answer, trying again in 8 s"),
    ],
)
def test_an_outage_says_since_when_and_when_it_is_tried_again_in_any_width(
    width: int, row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    progress = Progress(clocks(passed), " | ")
    monkeypatch.setattr("time.localtime", time.gmtime)
    progress.waiting(Waiting("work", 600.0))
    progress.retrying(Retrying("work", "it is off.", 10.0))
    passed[0] = 2.0
    assert progress.row(width) == row
    assert progress.kind is Kind.WARNING


def test_an_outage_counts_from_its_first_failure_and_ends_when_the_server_answers() -> None:
    passed = [0.0]
    progress = Progress(clocks(passed), " | ")
    progress.waiting(Waiting("work", 4000.0))
    progress.retrying(Retrying("work", "off", 10.0))
    first = progress.outage_words()
    passed[0] = 120.0
    progress.retrying(Retrying("work", "off", 10.0))
    assert progress.outage_words() == first
    passed[0] = 131.0
    assert progress.outage_words().endswith("trying again now")
    progress.recovered()
    assert progress.outage_words() == ""
    assert progress.row(80) == "Waiting for you to sign in | 1:04:29 left | Ctrl-C stops"
    assert progress.kind is Kind.QUIET


def test_a_server_that_is_busy_has_answered_though_not_as_it_should() -> None:
    progress = Progress(clocks([0.0]), " | ")
    progress.retrying(Retrying("work", "the server is busy", 10.0, answered=True))
    assert progress.outage_words().startswith("The server has not answered as it should since ")


def test_an_endless_wait_is_shown_as_a_long_one() -> None:
    progress = Progress(clocks([0.0]), " | ")
    progress.waiting(Waiting("work", inf))
    assert progress.row(80) == "Waiting for you to sign in | 99:00:00 left | Ctrl-C stops"
    progress.retrying(Retrying("work", "off", inf))
    assert progress.outage_words().endswith("trying again in 356400 s")


def test_the_wait_ends_at_zero_and_says_nothing_when_it_is_over() -> None:
    passed = [0.0]
    progress = Progress(clocks(passed), " | ")
    assert progress.row(80) == ""
    progress.unlocking(UnlockAwaited("work", "keyring", 60.0))
    assert progress.row(80) == "The keychain is locked: answer its prompt | 1:00 left | Ctrl-C stops"
    passed[0] = 61.0
    assert progress.row(20) == "0:00 left"
    progress.ended()
    assert progress.row(80) == ""


@pytest.mark.parametrize(
    ("code", "sequence"),
    [
        ("WDJB-MJHT", "\x1b]52;c;V0RKQi1NSkhU\x07"),
        ("A" * 32, "\x1b]52;c;" + "QUFB" * 10 + "QUE=\x07"),
        ("A" * 33, ""),
        ("", ""),
        ("WDJB MJHT", ""),
        ("WDJB\n", ""),
        ("rm;reboot", ""),
        ("ÄBCD", ""),
    ],
)
def test_only_a_plain_code_goes_to_a_clipboard(code: str, sequence: str) -> None:
    assert clipboard_sequence(code) == sequence


def test_a_page_that_is_not_safe_is_no_link_and_comes_with_a_warning() -> None:
    issued = evolve(next(each for each in OPENED["device"] if isinstance(each, DeviceCodeIssued)), openable=False)
    block = code_block(issued, "")
    assert [line.link for line in block] == [""] * len(block)
    assert [line.kind for line in block][-2:] == [Kind.WARNING, Kind.ADDRESS]


def test_a_page_without_the_code_in_it_is_shown_alone() -> None:
    block = code_block(DeviceCodeIssued("work", "AB", "https://x.example", None, True, 60.0), "sent")
    assert [line.text for line in block] == ["", "Open https://x.example and enter this code (sent):", "", "AB"]


def test_why_no_browser_opened_is_said_unless_the_plan_said_it() -> None:
    event = BrowserNotOpened("work", "http://127.0.0.1:5/start/x", "no browser was found.")
    assert not_opened_block(event, planned=False)[1].text == (
        "No browser was opened: no browser was found. To sign in, open this page:"
    )
    assert not_opened_block(event, planned=True)[1].text == "To sign in, open this page:"


@pytest.mark.parametrize(
    ("result", "last"),
    [
        (RESULT, "kept in an encrypted file, renewed by itself"),
        (evolve(RESULT, renewable=False), "kept in an encrypted file, valid for an unknown time, then log in again"),
        (
            evolve(RESULT, expires_at=datetime(2026, 11, 27, 2, 58, tzinfo=UTC), store="vault"),
            "kept in vault, valid until 2026-11-27 02:58 UTC, then renewed",
        ),
        (
            evolve(RESULT, expires_at=datetime(2026, 11, 26, 23, 59, tzinfo=UTC), renewable=False, store="keyring"),
            "kept in the keychain, valid until 23:59 UTC, then log in again",
        ),
    ],
)
def test_the_last_line_says_where_the_login_is_kept_and_until_when(result: LoginResult, last: str) -> None:
    lines = [line.text for line in result_lines(result, START)]
    assert lines == ["Signed in as ada@example.com", "at https://api.promptvm.ai, profile work", last]


def test_what_is_not_known_is_left_out() -> None:
    lines = result_lines(evolve(RESULT, user=None, base_url=""), START, mark="✓ ", before="play")
    assert [line.text for line in lines[:2]] == ["✓ Signed in", "profile work (active now instead of play)"]
