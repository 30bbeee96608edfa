"""What was asked and how it ended, without a secret: the question 'exactly one refresh?' is answered here."""

from collections import deque
from collections.abc import Iterator

from attrs import frozen

from .exchange import Ending

KEPT = 10_000
"""Entries that are remembered; a server that runs for a week forgets the oldest."""


@frozen
class LogEntry:
    """One request that was answered, or deliberately not.

    Attributes:
        time: by the server's clock, in seconds since 1970-01-01 UTC.
        method: the HTTP method.
        path: without the query.
        endpoint: the endpoint's name, see `router.Endpoint`.
        grant_type: of a token request, if it is a known one, else empty.
        status: the HTTP status of the reply.
        outcome: `ok`, the error code, or `fault` where a fault kept the request from being carried out.
        ending: whether the reply arrived.
    """

    time: float
    method: str
    path: str
    endpoint: str
    grant_type: str
    status: int
    outcome: str
    ending: Ending


class RequestLog:
    """The entries in the order in which the requests were carried out."""

    def __init__(self) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=KEPT)

    def add(self, entry: LogEntry) -> None:
        """Append an entry."""
        self._entries.append(entry)

    def entries(self) -> tuple[LogEntry, ...]:
        """Give all entries."""
        return tuple(self._entries)

    def matching(self, endpoint: str | None, grant_type: str | None, outcome: str | None) -> Iterator[LogEntry]:
        """Give the entries that agree in everything that is not None."""
        wanted = {"endpoint": endpoint, "grant_type": grant_type, "outcome": outcome}
        asked = {name: value for name, value in wanted.items() if value is not None}
        return (e for e in self._entries if all(getattr(e, name) == value for name, value in asked.items()))
