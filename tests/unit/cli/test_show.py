"""How rows and times look, in wide and in narrow terminals."""

import io
import os
from datetime import UTC, datetime
from unittest.mock import Mock

import pytest
from promptvm_oauth.cli import show

MOMENT = datetime(2026, 11, 23, 16, 4, 59, tzinfo=UTC)
TABLE = [
    ("profile", "work"),
    ("expires", "in 52 min (2026-11-23 16:04 UTC)"),
    ("organization", ""),
    ("server", "https://a-rather-long-host-name.example.com/api"),
]


class Terminal(io.StringIO):
    """A terminal of a given width."""

    def __init__(self, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        size = os.terminal_size((columns, 24))
        monkeypatch.setattr(os, "get_terminal_size", Mock(return_value=size))

    def fileno(self) -> int:
        return 9


def test_rows_are_aligned_and_empty_ones_left_out() -> None:
    assert show.rows(TABLE, io.StringIO()).splitlines() == [
        "profile  work",
        "expires  in 52 min (2026-11-23 16:04 UTC)",
        "server   https://a-rather-long-host-name.example.com/api",
    ]


def test_a_narrow_terminal_wraps_between_words_and_never_inside_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    assert show.rows(TABLE, Terminal(40, monkeypatch)).splitlines() == [
        "profile  work",
        "expires  in 52 min (2026-11-23 16:04",
        "         UTC)",
        "server   https://a-rather-long-host-name.example.com/api",
    ]


def test_prose_fits_a_narrow_terminal_and_is_left_alone_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Everything is kept in a temporary directory and removed at the end."
    assert show.prose(text, io.StringIO()) == text
    assert max(len(line) for line in show.prose(text, Terminal(40, monkeypatch)).splitlines()) <= 40


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "in 0 s"),
        (59.4, "in 59 s"),
        (59.9, "in 1 min"),
        (60, "in 1 min"),
        (52 * 60 + 29, "in 52 min"),
        (3599, "in 60 min"),
        (2 * 3600 - 1, "in 120 min"),
        (3 * 3600, "in 3 h"),
        (47 * 3600, "in 47 h"),
        (12 * 86400, "in 12 days"),
        (-1, "1 s ago"),
        (-180, "3 min ago"),
    ],
)
def test_an_expiry_is_told_relative_to_now_and_as_a_time(seconds: float, words: str) -> None:
    assert show.expiry(MOMENT, MOMENT.timestamp() - seconds) == f"{words} (2026-11-23 16:04 UTC)"


def test_a_time_outside_of_the_calendar_has_no_date() -> None:
    assert show.moment(300 * 366 * 86400.0 * 100, 0).endswith(" days")


def test_an_unknown_expiry_is_not_told() -> None:
    assert show.expiry(None, 0) == ""


def test_times_in_json_are_rfc_3339() -> None:
    assert show.time_text(MOMENT) == "2026-11-23T16:04:59Z"
    assert show.time_text(None) is None
