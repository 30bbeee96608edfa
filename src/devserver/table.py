"""A table of limited size, so that many requests do not exhaust the memory."""

from typing import TypeVar

Row = TypeVar("Row")

KEPT = 50_000
"""The greatest number of rows; the oldest are removed."""


class Table(dict[str, Row]):
    """Rows by key, in the order in which they were added."""

    def add(self, key: str, row: Row) -> None:
        """Adds a row, or replaces the row of the key."""
        if key not in self and len(self) >= KEPT:
            del self[next(iter(self))]
        self[key] = row
