"""What every HTTP adapter must do with complete responses, as tests: subclass `HttpContract` and implement two methods.

Responses that are slow or cut short are not part of it, since they need a real network.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

from ..ports.http import Http, HttpRequest, HttpResponse

T = TypeVar("T")


class HttpContract:
    """The HTTP port's contract."""

    def make(self, *answers: HttpResponse) -> tuple[Http, str]:
        """Returns the adapter under test, and a URL whose server sends these responses, one per request."""
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end: `run_blocking` or `asyncio.run`."""
        raise NotImplementedError

    def test_status_headers_and_body_arrive_as_sent(self) -> None:
        """Header names in lower case."""
        http, url = self.make(HttpResponse(200, {"x-answer": "42"}, b'{"a": 1}'))
        response = self.run(http.send(HttpRequest("POST", url, body=b"{}")))
        assert (response.status, response.headers["x-answer"], response.body) == (200, "42", b'{"a": 1}')

    def test_an_error_status_is_a_response_like_any_other(self) -> None:
        """The domain decides what it means."""
        http, url = self.make(HttpResponse(400, {}, b'{"error": "invalid_grant"}'), HttpResponse(503))
        assert self.run(http.send(HttpRequest("GET", url))).body == b'{"error": "invalid_grant"}'
        assert self.run(http.send(HttpRequest("GET", url))).status == 503

    def test_a_redirect_is_handed_back_and_not_followed(self) -> None:
        """Following it would send the secrets in the body to another server."""
        http, url = self.make(HttpResponse(307, {"location": "/elsewhere"}), HttpResponse(200))
        response = self.run(http.send(HttpRequest("POST", url, body=b"secret")))
        assert (response.status, response.headers["location"]) == (307, "/elsewhere")

    def test_a_response_without_a_body_has_the_empty_one(self) -> None:
        """For instance after a deletion."""
        http, url = self.make(HttpResponse(204))
        response = self.run(http.send(HttpRequest("DELETE", url)))
        assert (response.status, response.body) == (204, b"")

    def test_closing_twice_does_no_harm(self) -> None:
        """Several callers may close it."""
        http, _ = self.make()
        self.run(http.close())
        self.run(http.close())
