"""A table that forgets its oldest rows, so that a server under a storm of requests stays small."""

from typing import TypeVar

Row = TypeVar("Row")

KEPT = 50_000
"""Rows of one table: far more than a day of tests needs, far less than memory holds."""


class Table(dict[str, Row]):
    """Rows by their key, in the order in which they were added."""

    def add(self, key: str, row: Row) -> None:
        """Add a row, or replace the one that has the key."""
        if key not in self and len(self) >= KEPT:
            del self[next(iter(self))]
        self[key] = row
