"""An HTTP port that answers from a script."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ..ports.http import HttpRequest, HttpResponse

Answer = HttpResponse | Exception | Callable[[HttpRequest], HttpResponse]
"""One answer of a script: a response to return, an error to raise, or a function that does either."""


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Returns a response with a JSON body.

    Args:
        status: the HTTP status.
        value: the value of the body.
        headers: more headers, with names in lower case; they may replace `content-type: application/json`.
    """
    return HttpResponse(status, {"content-type": "application/json", **(headers or {})}, json.dumps(value).encode())


class ScriptedHttp:
    """Answers each request with the next answer of its script, for blocking and asynchronous clients.

    Args:
        answers: the script.

    Attributes:
        requests: all requests so far.
        closed: whether `close` was called.
    """

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[HttpRequest] = []
        self.closed = False
        self._answers = list(answers)

    @property
    def unused(self) -> int:
        """The number of answers that are left."""
        return len(self._answers)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Records the request and returns the next answer.

        Raises:
            AssertionError: no answer is left.
            Exception: the answer, if it is an error.
        """
        self.requests.append(request)
        if not self._answers:
            where = f"{request.method} {urlsplit(request.url).path}"
            raise AssertionError(f"request {len(self.requests)}, {where}, has no answer in the script")
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, HttpResponse) else answer(request)

    async def close(self) -> None:
        """Records the call in `closed`."""
        self.closed = True
