import base64
import hashlib
import re
import socket
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.adapters.callback import listening_socket
from promptvm_oauth.adapters.callback.connection import MAX_HEAD, Connection, Limits
from promptvm_oauth.adapters.callback.pages import Reply
from promptvm_oauth.adapters.callback.rules import PLAIN, Rules
from promptvm_oauth.ports.callback import Outcome
from promptvm_oauth.ports.text import MAX_TEXT

PORT = 5000
HOST = "127.0.0.1:5000"
RIGHT = "/callback?code=c&state=right"
SUCCESS = Outcome(succeeded=True)


class Site(Rules[str]):
    """A listener without its sockets, and the browsers that visit it."""

    def __init__(self, port: int = PORT) -> None:
        self.asked: list[str] = []
        self.ended = 0
        super().__init__(port, self._check, self._end)

    def _check(self, query: str) -> str | None:
        self.asked.append(query)
        return query if query.endswith("state=right") else None

    def _end(self) -> None:
        self.ended += 1

    def get(self, target: str, host: str = HOST, method: str = "GET") -> int | None:
        reply = self.respond(method, target, host)
        return None if reply is None else reply.status

    def page(self, target: str) -> str:
        reply = self.respond("GET", target, HOST)
        assert reply is not None
        return reply.body.decode()


def header(reply: Reply | None, name: str) -> str | None:
    assert reply is not None
    return dict(reply.headers).get(name)


def feed(connection: Connection, pieces: Iterable[bytes]) -> bytes:
    return b"".join(connection.receive(piece) for piece in pieces)


@pytest.mark.parametrize(
    ("method", "target", "host", "status"),
    [
        ("GET", "/callback?state=wrong", HOST, 400),
        ("GET", "/callback", HOST, 400),
        ("GET", "/callback?code=%&state=right", HOST, 400),
        ("GET", "/callback?code=%0g&state=right", HOST, 400),
        ("GET", "/callback?code=%00&state=right", HOST, 400),
        ("GET", "/callback?code=%c0%af&state=right", HOST, 400),
        ("GET", RIGHT, "127.0.0.1", 421),
        ("GET", RIGHT, "127.0.0.1:5001", 421),
        ("GET", RIGHT, "localhost:5000", 421),
        ("GET", RIGHT, "evil.test:5000", 421),
        ("GET", RIGHT, "", 421),
        ("GET", f"http://{HOST}{RIGHT}", HOST, 400),
        ("OPTIONS", "*", HOST, 400),
        ("GET", "/", HOST, 404),
        ("GET", "/done", HOST, 404),
        ("GET", "/start/", HOST, 404),
        ("GET", "/callback/?code=c&state=right", HOST, 404),
        ("GET", "//callback?code=c&state=right", HOST, 404),
        ("GET", "/x/../callback?code=c&state=right", HOST, 404),
        ("GET", "/callback#?code=c&state=right", HOST, 404),
        ("HEAD", RIGHT, HOST, 405),
        ("POST", RIGHT, HOST, 405),
        ("get", RIGHT, HOST, 405),
    ],
)
def test_what_is_not_the_callback_is_refused_and_ends_nothing(method: str, target: str, host: str, status: int) -> None:
    site = Site()
    assert site.get(target, host, method) == status
    assert (site.accepted, site.ended) == (None, 0)
    assert site.get(RIGHT) is None
    assert (site.accepted, site.ended) == ("code=c&state=right", 1)


def test_a_malformed_query_never_reaches_the_check() -> None:
    site = Site()
    site.get("/callback?code=%ff&state=right")
    assert site.asked == []


def test_a_refused_method_is_told_which_one_is_allowed() -> None:
    assert header(Site().respond("POST", RIGHT, HOST), "Allow") == "GET"


def test_a_second_right_answer_is_held_too_and_the_first_one_counts() -> None:
    site = Site()
    assert site.get(RIGHT) is None
    assert site.get(RIGHT) is None
    assert site.get("/callback?code=other&state=right") is None
    assert (site.accepted, site.ended) == ("code=c&state=right", 1)


def test_an_answer_of_another_login_is_neither_held_nor_led_to_the_result() -> None:
    site = Site()
    site.get(RIGHT)
    for target in ("/callback?code=c&state=wrong", "/callback?code=%ff&state=right"):
        assert site.get(target) == 410
    site.answer(SUCCESS)
    for target in ("/callback?code=c&state=wrong", "/callback?code=%ff&state=right"):
        assert site.get(target) == 410


def test_a_held_request_is_led_away_from_the_code_to_the_result() -> None:
    site = Site()
    site.get(RIGHT)
    site.answer(SUCCESS)
    owed = [site.result_owed]
    assert header(site.release(), "Location") == "/done"
    owed.append(site.result_owed)
    assert "You are signed in" in site.page("/done")
    owed.append(site.result_owed)
    assert owed == [False, True, False]


def test_a_reload_after_the_answer_is_led_to_the_same_result() -> None:
    site = Site()
    site.get(RIGHT)
    site.answer(SUCCESS)
    assert site.get(RIGHT) == 303
    assert site.get("/callback?code=other&state=right") == 303


def test_a_callback_after_the_flow_gave_up_is_told_so_and_not_accepted() -> None:
    site = Site()
    site.answer(Outcome(succeeded=False, detail="It took too long."))
    assert site.get(RIGHT) == 303
    assert "It took too long." in site.page("/done")
    assert (site.accepted, site.asked) == (None, [])


def test_the_first_outcome_counts() -> None:
    site = Site()
    site.answer(Outcome(succeeded=False))
    site.answer(SUCCESS)
    assert "did not succeed" in site.page("/done")


def test_an_unknown_outcome_claims_neither_success_nor_failure() -> None:
    site = Site()
    site.answer(None)
    assert "Go back to the application" in site.page("/done")
    assert "You are signed in" not in site.page("/done")
    assert "did not succeed" not in site.page("/done")


def test_a_start_url_leads_on_in_every_browser_until_a_query_is_accepted_and_only_by_get() -> None:
    site = Site()
    path = site.start_url("https://login.test/authorize?x=1").removeprefix(site.origin)
    assert site.get(path, method="HEAD") == 405
    for _ in range(3):
        reply = site.respond("GET", path, HOST)
        assert header(reply, "Location") == "https://login.test/authorize?x=1"
        assert header(reply, "Referrer-Policy") == "no-referrer"
    assert site.get("/callback?state=wrong") == 400
    assert site.get(path) == 303
    assert site.get(RIGHT) is None
    assert site.get(path) == 410
    assert "already received its answer" in site.page(path)


def test_a_start_url_leads_nowhere_once_the_login_has_ended() -> None:
    site = Site()
    path = site.start_url("https://login.test/authorize?x=1").removeprefix(site.origin)
    site.answer(None)
    assert site.get(path) == 410


def test_a_visit_that_is_not_admitted_is_told_of_the_other_link() -> None:
    site = Site()
    admitted = [True, False, False]
    path = site.start_url("https://login.test/authorize?x=1", lambda: admitted.pop(0)).removeprefix(site.origin)
    assert [site.get(path), site.get(path)] == [303, 410]
    page = site.page(path)
    assert "open the other link, which you find in the application" in page
    assert "login.test" not in page
    assert not admitted


@pytest.mark.parametrize(
    "line",
    [
        "Sec-Purpose: prefetch;prerender",
        "sec-purpose: prefetch;anonymous-client-ip",
        "Purpose: prefetch",
        "X-Purpose: Preview",
        "X-Moz: prefetch",
    ],
)
def test_a_browser_that_looks_ahead_is_told_no_address_and_uses_up_nothing(line: str) -> None:
    site = Site()
    path = site.start_url("https://login.test/authorize?x=1", iter([True]).__next__).removeprefix(site.origin)
    for target in (path, RIGHT):
        answer = feed(Connection(site), [f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n{line}\r\n\r\n".encode()])
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"login.test" not in answer
        assert b"location" not in answer.lower()
    assert site.accepted is None
    assert site.get(path) == 303


def test_a_purpose_that_is_not_ahead_of_the_user_changes_nothing() -> None:
    answer = feed(Connection(Site()), [f"GET / HTTP/1.1\r\nHost: {HOST}\r\nSec-Purpose: view\r\n\r\n".encode()])
    assert answer.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("url", ["https://login.test/\r\nX: y", "https://login.test/ x", "https://login.test/é"])
def test_a_start_url_leads_nowhere_that_a_header_cannot_say(url: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Site().start_url(url)


def test_on_port_80_a_host_without_the_port_is_right() -> None:
    assert Site(80).get(RIGHT, "127.0.0.1") is None
    assert Site(80).get(RIGHT, "127.0.0.1:80") is None


def test_a_detail_is_escaped_cleaned_and_capped() -> None:
    hostile = "</p><script>alert(1)</script>{0}%s\x1b[2J\u202e\ud800" + "x" * 1_000_000
    text = PLAIN.result(Outcome(succeeded=False, detail=hostile)).body.decode()
    assert "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;{0}%s [2J xxx" in text
    assert text.count("x") < MAX_TEXT + 100
    assert not set(text) & set("\x1b\u202e\ud800")


@pytest.mark.parametrize("outcome", [SUCCESS, Outcome(succeeded=False, detail="denied"), None])
def test_a_page_loads_nothing_and_cannot_be_framed(outcome: Outcome | None) -> None:
    reply = PLAIN.result(outcome)
    page = reply.body.decode()
    assert "<script" not in page
    assert "http" not in page
    assert '<link rel="icon" href="data:,">' in page
    policy = header(reply, "Content-Security-Policy") or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert header(reply, "X-Frame-Options") == "DENY"
    assert header(reply, "X-Content-Type-Options") == "nosniff"
    assert header(reply, "Cache-Control") == "no-store"
    assert header(reply, "Connection") == "close"
    assert header(reply, "Content-Length") == str(len(reply.body))
    assert header(reply, "Access-Control-Allow-Origin") is None


def test_the_policy_allows_exactly_the_style_of_the_page() -> None:
    reply = PLAIN.result(SUCCESS)
    style = re.findall(b"<style>(.*?)</style>", reply.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0]).digest()).decode()
    assert len(style) == 1
    assert f"style-src 'sha256-{digest}';" in (header(reply, "Content-Security-Policy") or "")


def test_a_request_may_arrive_byte_by_byte() -> None:
    site = Site()
    request = f"GET /nothing HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    assert feed(Connection(site), (bytes([each]) for each in request)).startswith(b"HTTP/1.1 404 Not Found\r\n")


def test_a_second_request_on_the_same_connection_is_not_read() -> None:
    site = Site()
    first = f"GET /nothing HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
    second = f"GET {RIGHT} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
    connection = Connection(site)
    answer = feed(connection, [(first + second).encode(), second.encode()])
    assert answer.count(b"HTTP/1.1 ") == 1
    assert site.accepted is None
    assert not connection.reading


def test_an_answer_to_head_has_no_body() -> None:
    answer = feed(Connection(Site()), [f"HEAD {RIGHT} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()])
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "flood",
    [b"GET /" + b"a" * 64 * 1024, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 12_000, b"G" * (MAX_HEAD + 1)],
)
def test_a_head_that_is_too_large_is_refused_however_it_arrives(flood: bytes) -> None:
    for size in (1000, len(flood)):
        pieces = [flood[start : start + size] for start in range(0, len(flood), size)]
        answer = feed(Connection(Site()), pieces)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert answer.count(b"HTTP/1.1 ") == 1


def test_large_cookies_of_other_servers_do_no_harm() -> None:
    site = Site()
    cookies = "c=" + "x" * 60_000
    connection = Connection(site)
    request = f"GET {RIGHT} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookies}\r\n\r\n"
    assert feed(connection, [request.encode()]) == b""
    assert connection.held


@given(st.lists(st.one_of(st.binary(min_size=1), st.sampled_from([b"GET ", b"/callback?", b" HTTP/1.1\r\n", b"\r\n"]))))
def test_no_bytes_get_more_than_one_answer_or_an_exception(pieces: list[bytes]) -> None:
    assert feed(Connection(Site()), pieces).count(b"HTTP/1.1 ") <= 1


def test_closing_ends_within_a_second_by_its_own_limits() -> None:
    assert Limits().farewell + Limits().parting < 1


def test_a_request_that_goes_on_byte_by_byte_has_an_end_all_the_same() -> None:
    limits = Limits(silence=10, request=30)
    assert limits.reading_deadline(opened=100, active=105) == 115
    assert limits.reading_deadline(opened=100, active=125) == 130


def test_the_port_is_asked_for_exclusively_where_the_system_offers_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[str, Any]] = []

    class RecordedSocket:
        def __init__(self, *kind: int) -> None: ...

        def __getattr__(self, method: str) -> Any:
            def call(*arguments: Any) -> None:
                calls.append((method, arguments))

            return call

    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    monkeypatch.setattr(socket, "socket", RecordedSocket)
    listening_socket.bind([8765])
    assert calls[:2] == [("setsockopt", (socket.SOL_SOCKET, -5, 1)), ("bind", (("127.0.0.1", 8765),))]
