import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.ports.text import MAX_TEXT, clean, has_valid_escapes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("  spread \t out \r\n over lines ", "spread out over lines"),
        ("clear\x1b[2Jscreen", "clear [2Jscreen"),
        ("right\u202eleft", "right left"),
        ("zero\u200bwidth\ufeff", "zero width"),
        ("line\u2028and\u2029paragraph", "line and paragraph"),
        ("nul\0 and \x7f and \x9b", "nul and and"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("{0} %s <script>", "{0} %s <script>"),
        ("Grüße, 世界 🎉", "Grüße, 世界 🎉"),
        ("\0\x1b\u200b", ""),
        ("", ""),
    ],
)
def test_foreign_text_is_shown_on_one_line_without_what_cannot_be_seen(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("thing", [None, 5, 1.5, True, b"bytes", ["text"], {"a": "b"}])
def test_what_is_no_text_becomes_the_empty_text(thing: object) -> None:
    assert clean(thing) == ""


def test_long_text_is_cut_and_says_so() -> None:
    assert clean("x" * MAX_TEXT) == "x" * MAX_TEXT
    assert clean("x" * (MAX_TEXT + 1)) == "x" * (MAX_TEXT - 1) + "…"
    assert clean("abcdef", 4) == "abc…"


def test_a_megabyte_costs_no_more_than_what_is_shown() -> None:
    assert len(clean("\x1b" * 1_000_000 + "x")) <= MAX_TEXT
    assert len(clean("x" * 1_000_000)) == MAX_TEXT


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_no_control_character_comes_through_and_the_limit_holds(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert not {unicodedata.category(character)[0] for character in shown} & {"C"}
    assert shown.splitlines() in ([], [shown])
    assert shown == shown.strip()


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_the_end_of_a_text_that_was_cut_can_be_chosen() -> None:
    assert clean("abcdefgh", 6, ellipsis="...") == "abc..."
    assert clean("abcdef", 6, ellipsis="...") == "abcdef"


@pytest.mark.parametrize(
    ("query", "valid"),
    [("", True), ("a=b", True), ("a=%20%c3%A9", True), ("%", False), ("a%2", False), ("%zz", False), ("%%20", False)],
)
def test_every_percent_sign_begins_an_escape(query: str, valid: bool) -> None:
    assert has_valid_escapes(query) is valid
