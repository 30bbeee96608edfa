"""One request and one reply as the logic sees them, and the refusal that becomes an OAuth error.

The logic never touches a socket: how a reply ends (`Ending`) and how late it comes is enacted by whoever carries it.
"""

import json
from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749 §5.1: nothing that holds a token may be cached."""


class Ending(Enum):
    """How a reply reaches the client."""

    COMPLETE = "complete"
    CUT = "cut"
    """The head arrives, the body breaks off half way."""
    DROPPED = "dropped"
    """The connection closes and not one byte arrives."""


@frozen
class Request:
    """One request; query, headers and body are not shown by `repr`, since they hold secrets.

    Attributes:
        method: in upper case.
        path: as sent, still percent-encoded, without the query.
        query: as sent, without the question mark.
        headers: names in lower case.
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
        headers: names as they are sent.
        body: the complete body.
        outcome: what the request log says: `ok`, an error code, or `fault`.
        delay: seconds to wait before the reply is sent.
        ending: whether all of it arrives.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)
    outcome: str = "ok"
    delay: float = 0.0
    ending: Ending = Ending.COMPLETE


class Refusal(Exception):
    """A request that is not granted; it becomes an RFC 6749 §5.2 error object, or an error page.

    Attributes:
        error: the code, for instance `invalid_grant`.
        description: one sentence for the developer. Never a secret.
        status: the HTTP status.
        headers: what else the reply carries.
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
        """Give the error as JSON."""
        problem = {"error": self.error, "error_description": self.description}
        return json_reply(problem, status=self.status, headers=self.headers, outcome=self.error)


def json_reply(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None, outcome: str = "ok"
) -> Reply:
    """Give a JSON reply that is not cached."""
    sent = {"Content-Type": "application/json", **NO_STORE, **(headers or {})}
    return Reply(status, sent, json.dumps(value).encode(), outcome)


def whole(seconds: float) -> float:
    """Give a number of seconds as JSON shows it best: `5`, not `5.0`."""
    return int(seconds) if seconds == int(seconds) else seconds
