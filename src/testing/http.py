"""An http port that answers from a script."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ..ports.http import HttpRequest, HttpResponse

Answer = HttpResponse | Exception | Callable[[HttpRequest], HttpResponse]
"""One line of a script: what to return, what to raise, or a function that does either."""


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Make a response with a JSON body.

    Args:
        status: the HTTP status.
        value: what the body says.
        headers: more headers, names in lower case; they win over `content-type: application/json`.
    """
    return HttpResponse(status, {"content-type": "application/json", **(headers or {})}, json.dumps(value).encode())


class ScriptedHttp:
    """Answers each request with the next line of its script, in both colours.

    Args:
        answers: the script.

    Attributes:
        requests: every request so far.
        closed: whether `close` was called.
    """

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[HttpRequest] = []
        self.closed = False
        self._answers = list(answers)

    @property
    def unused(self) -> int:
        """How many lines of the script are left."""
        return len(self._answers)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Give the next answer.

        Raises:
            AssertionError: the script is at its end.
            Exception: the answer itself, if it is one.
        """
        self.requests.append(request)
        if not self._answers:
            where = f"{request.method} {urlsplit(request.url).path}"
            raise AssertionError(f"request {len(self.requests)}, {where}, is one more than the script has answers for")
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, HttpResponse) else answer(request)

    async def close(self) -> None:
        """Note it."""
        self.closed = True
