"""Requests, replies, and refusals that become OAuth errors.

The logic uses no socket: the HTTP server carries out the delay and the `Ending` of a reply.
"""

import json
from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""Headers that forbid caching, as for every response with a token (RFC 6749 §5.1)."""


class Ending(Enum):
    """How a reply reaches the client."""

    COMPLETE = "complete"
    CUT = "cut"
    """The head and half of the body arrive."""
    DROPPED = "dropped"
    """The connection closes before any byte arrives."""


@frozen
class Request:
    """One request; `repr` does not show query, headers and body, since they contain secrets.

    Attributes:
        method: the HTTP method in upper case.
        path: the path as sent, still percent-encoded, without the query.
        query: the query as sent, without the question mark.
        headers: the headers, with names in lower case.
        body: the complete body.
    """

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@frozen
class Reply:
    """One reply.

    Attributes:
        status: the HTTP status.
        headers: the headers.
        body: the complete body.
        outcome: the outcome for the request log: `ok`, an error code, or `fault`.
        problem: why the server refused, for the developer; empty if it did not.
        delay: seconds to wait before the reply is sent.
        ending: whether all of it arrives.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)
    outcome: str = "ok"
    delay: float = 0.0
    ending: Ending = Ending.COMPLETE
    problem: str = ""


class Refusal(Exception):
    """A request is refused; it becomes an error object (RFC 6749 §5.2) or an error page.

    Attributes:
        error: the error code, for instance `invalid_grant`.
        description: one sentence for the developer, without secrets.
        status: the HTTP status.
        headers: further headers of the reply.
    """

    def __init__(
        self, error: str, description: str, *, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status
        self.headers = headers or {}

    def reply(self) -> Reply:
        """Returns the error as a JSON reply."""
        problem = {"error": self.error, "error_description": self.description}
        return json_reply(problem, status=self.status, headers=self.headers, outcome=self.error)


def json_reply(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None, outcome: str = "ok"
) -> Reply:
    """Returns a JSON reply that must not be cached."""
    sent = {"Content-Type": "application/json", **NO_STORE, **(headers or {})}
    return Reply(status, sent, json.dumps(value).encode(), outcome)


def whole(seconds: float) -> float:
    """Returns a number of seconds as an integer if it is whole, so that JSON shows `5`, not `5.0`."""
    return int(seconds) if seconds == int(seconds) else seconds
