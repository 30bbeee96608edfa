from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.ports.rfc3339 import format_time, parse_time

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC).timestamp()
LAST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
FIRST = datetime(2, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-03-04T12:00:00Z", NOON),
        ("2026-03-04t12:00:00z", NOON),
        ("2026-03-04T12:00:00+00:00", NOON),
        ("2026-03-04T12:00:00-00:00", NOON),
        ("2026-03-04T14:30:00+02:30", NOON),
        ("2026-03-04T05:15:00-06:45", NOON),
        ("2026-03-05T11:59:00+23:59", NOON),
        ("2026-03-04T12:00:00.5Z", NOON + 0.5),
        ("2026-03-04T12:00:00.123456Z", NOON + 0.123456),
        ("2026-03-04T12:00:00.123456789Z", NOON + 0.123456789),
        ("2026-03-04T14:00:00.000000001+02:00", NOON + 0.000000001),
        ("2026-03-04T12:00:00.1234567890Z", NOON + 0.123456),
        (f"2026-03-04T12:00:00.{'1' * 10_000}Z", NOON + 0.111111),
        ("2026-03-04T12:00:00,5Z", NOON + 0.5),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC).timestamp()),
        ("1970-01-01T00:00:00Z", 0.0),
        ("1969-12-31T23:59:59Z", -1.0),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC).timestamp()),
    ],
)
def test_a_time_is_read_with_its_zone_and_any_number_of_digits(text: str, seconds: float) -> None:
    assert parse_time(text) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:00",
        "0001-01-01T00:00:00.000Z",
    ],
)
def test_nothing_and_the_zero_time_of_go_are_no_time(text: str | None) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04 12:00:00Z",
        "2026-03-04 12:00:00+00:00",
        "2026-03-04T12:00:00",
        "2026-03-04",
        "2026-03-04T12:00Z",
        "2026-03-04T12:00:00.Z",
        "2026-03-04T12:00:00,Z",
        "2026-03-04T12:00:00.,5Z",
        "2026-03-04T12:00:00+0200",
        "2026-03-04T12:00:00+02",
        "2026-03-04T12:00:00+24:00",
        "2026-03-04T12:00:00+99:99",
        "2026-03-04T12:00:00-01:60",
        "2026-13-04T12:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-03-04T24:00:00Z",
        "2026-03-04T12:60:00Z",
        "2026-03-04T12:00:61Z",
        "0000-01-01T00:00:00Z",
        "26-03-04T12:00:00Z",
        "\u0662\u0660\u0662\u0666-03-04T12:00:00Z",
        " 2026-03-04T12:00:00Z",
        "2026-03-04T12:00:00Z\n",
        "2026-03-04T12:00:00Z2026-03-04T12:00:00Z",
        "1772625600",
        "null",
        "never",
    ],
)
def test_what_is_no_rfc_3339_time_is_no_time(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (NOON, "2026-03-04T12:00:00Z"),
        (NOON + 0.25, "2026-03-04T12:00:00.250000Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-1.5, "1969-12-31T23:59:58.500000Z"),
    ],
)
def test_a_time_is_written_in_utc_with_t_and_z(seconds: float, text: str) -> None:
    assert format_time(seconds) == text


@pytest.mark.parametrize("seconds", [LAST + 2 * 86400, 1e18, -1e18, float("inf"), float("nan")])
def test_a_time_that_the_format_does_not_have_is_the_empty_text(seconds: float) -> None:
    assert format_time(seconds) == ""


@given(st.floats(min_value=FIRST, max_value=LAST))
def test_what_is_written_is_read_back_to_the_microsecond(seconds: float) -> None:
    text = format_time(seconds)
    whole, _, fraction = text.removesuffix("Z").partition(".")
    assert len(whole) == len("2026-03-04T12:00:00")
    assert len(fraction) <= 6
    assert parse_time(text) == pytest.approx(seconds, rel=0, abs=1e-4)
    assert format_time(parse_time(text) or 0.0) == text or abs(seconds) > 2**33


@given(st.integers(min_value=0, max_value=2**33), st.integers(min_value=-1439, max_value=1439))
def test_every_zone_names_the_same_moment(seconds: int, minutes: int) -> None:
    local = format_time(seconds + 60 * minutes).removesuffix("Z")
    sign = "-" if minutes < 0 else "+"
    assert parse_time(f"{local}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}") == seconds


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    assert parse_time(text) is None or len(text) >= len("2026-03-04T12:00:00Z")


def test_digits_beyond_the_sixth_are_dropped_not_rounded() -> None:
    seconds = parse_time("2030-12-31T23:59:59.123456789Z")
    assert seconds is not None
    assert format_time(seconds) == "2030-12-31T23:59:59.123456Z"


def test_what_is_written_is_read_and_written_alike() -> None:
    for micros in range(0, 1_000_000, 7919):
        text = f"2031-05-06T07:08:09.{micros:06d}Z" if micros else "2031-05-06T07:08:09Z"
        seconds = parse_time(text)
        assert seconds is not None
        assert format_time(seconds) == text
