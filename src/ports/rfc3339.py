"""Times as they are stored: RFC 3339 text, as the Go tool reads and writes it. Imports `datetime` when needed."""

import re

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)

GO_ZERO_TIME = "0001-01-01T00:00:00Z"
"""What the Go tool writes for an unknown time."""


def parse_time(text: str | None) -> float | None:
    """Returns the seconds since 1970-01-01 UTC; None for an absent or invalid text, or for Go's zero time.

    Args:
        text: RFC 3339 with `T` and a zone (§5.6). Six fraction digits are used. A comma before them is read as a point,
            as the Go tool does.
    """
    match = _TIME.fullmatch(text) if text else None
    if match is None:
        return None
    from datetime import UTC, datetime, timedelta

    year, month, day, hour, minute, second, fraction, sign, zone_hours, zone_minutes = match.groups()
    leap = second == "60"  # RFC 3339 §5.7: a leap second is valid and a datetime cannot hold it
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), 59 if leap else int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    if moment.year == 1:
        return None
    offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
    seconds = moment.timestamp() - offset.total_seconds() * (-1 if sign == "-" else 1)
    return seconds + float(f"0.{(fraction or '0')[:6]}") + leap


def format_time(seconds: float) -> str:
    """Returns the time in UTC with `T`, `Z` and at most six fraction digits, which the Go tool reads.

    Args:
        seconds: since 1970-01-01 UTC.

    Returns:
        The text; empty for a time before the year 1 or after 9999, which the format does not have.
    """
    from datetime import UTC, datetime

    try:
        text = datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
    return text.replace("+00:00", "Z")
