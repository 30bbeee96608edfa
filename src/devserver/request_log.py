"""The log of requests and their outcomes, without secrets, for instance to count refreshes."""

from collections import deque
from collections.abc import Iterator

from attrs import frozen

from .exchange import Ending

KEPT = 10_000
"""The greatest number of entries; the oldest are removed."""


@frozen
class LogEntry:
    """One request.

    Attributes:
        time: when it was processed, by the server's clock, in seconds since 1970-01-01 UTC.
        method: the HTTP method.
        path: the path, without the query.
        endpoint: the endpoint's name, see `router.Endpoint`.
        grant_type: the grant type of a token request if it is known, else empty.
        status: the HTTP status of the reply.
        outcome: `ok`, the error code, or `fault` if a fault prevented the processing.
        ending: how the reply reached the client.
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
    """The entries, in the order in which the requests were processed."""

    def __init__(self) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=KEPT)

    def add(self, entry: LogEntry) -> None:
        """Appends an entry."""
        self._entries.append(entry)

    def entries(self) -> tuple[LogEntry, ...]:
        """Returns all entries."""
        return tuple(self._entries)

    def matching(self, endpoint: str | None, grant_type: str | None, outcome: str | None) -> Iterator[LogEntry]:
        """Returns the entries that match all arguments that are not None."""
        arguments = {"endpoint": endpoint, "grant_type": grant_type, "outcome": outcome}
        wanted = {name: value for name, value in arguments.items() if value is not None}
        return (e for e in self._entries if all(getattr(e, name) == value for name, value in wanted.items()))
