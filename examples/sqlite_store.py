"""A complete secret store: all fields of a profile in one row of a SQLite database.

It protects nothing by itself: put it where the file is protected, or encrypt `fields` before they are written.
"""

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing

from promptvm_oauth import StoreFailed


class SqliteStore:
    """Keeps secrets in one table; any number of threads and processes may share the file."""

    name = "sqlite"

    def __init__(self, path: str) -> None:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # private from its first moment
        self._path = path
        self._run("CREATE TABLE IF NOT EXISTS secrets (profile TEXT PRIMARY KEY, fields TEXT NOT NULL)")

    def load(self, profile: str) -> Mapping[str, str] | None:
        rows = self._run("SELECT fields FROM secrets WHERE profile = ?", profile)
        return json.loads(rows[0][0]) if rows else None

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        self._run("REPLACE INTO secrets VALUES (?, ?)", profile, json.dumps(dict(fields)))

    def delete(self, profile: str) -> None:
        self._run("DELETE FROM secrets WHERE profile = ?", profile)

    def _run(self, statement: str, *values: str) -> list[tuple[str]]:
        try:
            with closing(sqlite3.connect(self._path, timeout=10)) as connection, connection:
                return connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise StoreFailed(f"the database did not answer ({type(error).__name__})", store=self.name) from error
