"""Requests and responses, as values that can be compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from promptvm_oauth.ports.http import HttpResponse

if TYPE_CHECKING:
    from promptvm_oauth.ports.http import HttpRequest


class Answer(NamedTuple):
    """A response, as a value that can be compared.

    Attributes:
        status: its status.
        body: its body.
    """

    status: int
    body: bytes = b""

    def response(self) -> HttpResponse:
        """Returns it as the port has it."""
        return HttpResponse(self.status, {"content-type": "application/json"}, self.body)


class Received(NamedTuple):
    """A request as the server sees it.

    Attributes:
        origin: the origin that it was sent to.
        method: its method.
        path: its path.
        token: its bearer token, or the empty text.
        organization: its organization header, or the empty text.
        parameters: the members of its body.
    """

    origin: str
    method: str
    path: str
    token: str
    organization: str
    parameters: dict[str, str]

    @classmethod
    def of(cls, request: HttpRequest) -> Received:
        """Reads a request."""
        url = urlsplit(request.url)
        headers = request.headers
        return cls(
            f"{url.scheme}://{url.netloc}",
            request.method,
            url.path,
            headers.get("Authorization", "").removeprefix("Bearer "),
            headers.get("X-Org-Id", ""),
            json.loads(request.body or b"{}"),
        )
