import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from promptvm_oauth.adapters.callback.blocking_listener import BlockingCallback
from promptvm_oauth.adapters.callback.connection import Limits
from promptvm_oauth.adapters.callback.listener import AsyncCallback
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.callback import CallbackListener, CallbackPort, Outcome
from promptvm_oauth.ports.errors import ListenerError

Run = Callable[[Coroutine[Any, Any, Any]], Any]

RIGHT = "/callback?code=c&state=right"
LIMITS = Limits(farewell=0.03, parting=0.05)


def accept(query: str) -> str | None:
    return query if query.endswith("&state=right") else None


def read(browser: socket.socket) -> bytes:
    """Read to the end of the answer, as a browser does; a reset or a silence of 5 s fails the test."""
    return b"".join(iter(lambda: browser.recv(65536), b""))


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


class Site:
    """An open listener of either colour, and the browsers that visit it."""

    def __init__(self, run: Run, port: CallbackPort, ports: tuple[int, ...] = ()) -> None:
        self.run = run
        self.listener: CallbackListener[str] = run(port.open(accept, ports=ports))
        self.host = urlsplit(self.listener.redirect_uri).netloc
        self.port = urlsplit(self.listener.redirect_uri).port or 0

    def connect(self, request: bytes = b"") -> socket.socket:
        browser = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        browser.sendall(request)
        return browser

    def send(self, request: bytes) -> bytes:
        with self.connect(request) as browser:
            return read(browser)

    def request(self, target: str, *lines: str, method: str = "GET", host: str = "") -> bytes:
        return "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host or self.host}", *lines, "", ""]).encode()

    def get(self, target: str, *lines: str, method: str = "GET", host: str = "") -> bytes:
        return self.send(self.request(target, *lines, method=method, host=host))

    def wait(self, timeout: float = 5) -> str | None:
        value: str | None = self.run(self.listener.wait(timeout))
        return value

    def still_hears_the_real_callback(self) -> bool:
        with self.connect(self.request(RIGHT)):
            return self.wait() == "code=c&state=right"

    def close(self) -> None:
        self.run(self.listener.close())


class Colour:
    """The blocking or the asynchronous listener, and how its coroutines are run."""

    def __init__(self, run: Run, port: CallbackPort) -> None:
        self.run = run
        self.port = port

    @contextmanager
    def site(self, *ports: int) -> Generator[Site]:
        site = Site(self.run, self.port, ports)
        try:
            yield site
        finally:
            site.close()


@pytest.fixture(params=["blocking", "async"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    if request.param == "blocking":
        yield Colour(run_blocking, BlockingCallback(LIMITS))
        return
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield Colour(lambda flow: asyncio.run_coroutine_threadsafe(flow, loop).result(10), AsyncCallback(LIMITS))
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


@pytest.fixture
def site(colour: Colour) -> Iterator[Site]:
    with colour.site() as site:
        yield site


def test_the_browser_is_held_until_the_outcome_and_then_shown_it_without_the_code(site: Site) -> None:
    with site.connect(site.request(RIGHT)) as browser:
        assert site.wait() == "code=c&state=right"
        site.run(site.listener.answer(Outcome(succeeded=True, detail="Welcome, Ada.")))
        answer = read(browser)
    assert status(answer) == 303
    assert b"\r\nLocation: /done\r\n" in answer
    page = site.get("/done")
    assert status(page) == 200
    assert b"You are signed in" in page
    assert b"Welcome, Ada." in page


def test_a_held_browser_is_told_nothing_false_when_the_listener_just_closes(colour: Colour) -> None:
    with colour.site() as site, site.connect(site.request(RIGHT)) as browser:
        site.wait()
        site.close()
        assert status(read(browser)) == 303


def test_a_start_url_redirects_every_browser_until_an_answer_is_accepted(site: Site) -> None:
    path = urlsplit(site.listener.start_url("https://login.test/authorize?client_id=x")).path
    assert status(site.get(path, "Sec-Purpose: prefetch;prerender")) == 503
    for _ in range(2):
        answer = site.get(path)
        assert status(answer) == 303
        assert b"\r\nLocation: https://login.test/authorize?client_id=x\r\n" in answer
    with site.connect(site.request(RIGHT)):
        site.wait()
        assert status(site.get(path)) == 410


def test_a_start_url_that_works_once_redirects_once(site: Site) -> None:
    visits = iter([True, False])
    path = urlsplit(site.listener.start_url("https://login.test/authorize?client_id=x", visits.__next__)).path
    assert status(site.get(path, "Sec-Purpose: prefetch")) == 503
    assert [status(site.get(path)), status(site.get(path))] == [303, 410]


def test_a_wrong_state_gets_a_400_page(site: Site) -> None:
    answer = site.get("/callback?code=x&state=wrong")
    assert status(answer) == 400
    assert b"<h1>" in answer
    assert site.still_hears_the_real_callback()


@pytest.mark.parametrize("query", ["", "?", "?code=x", "?code=x&state=", "?state=right&code=x&state=wrong"])
def test_what_the_check_does_not_take_gets_400(site: Site, query: str) -> None:
    assert status(site.get(f"/callback{query}")) == 400
    assert site.still_hears_the_real_callback()


def test_the_first_of_two_right_answers_wins(site: Site) -> None:
    other = site.request("/callback?code=other&state=right")
    with site.connect(site.request(RIGHT)) as first, site.connect() as second:
        assert site.wait() == "code=c&state=right"
        second.sendall(other)
        assert site.wait() == "code=c&state=right"
        site.run(site.listener.answer(Outcome(succeeded=True)))
        for answer in (read(first), read(second), site.send(other)):
            assert status(answer) == 303
            assert b"\r\nLocation: /done\r\n" in answer


def test_an_error_of_the_wrong_state_is_ignored(site: Site) -> None:
    assert status(site.get("/callback?error=access_denied")) == 400
    assert status(site.get("/callback?error=access_denied&state=wrong")) == 400
    assert site.still_hears_the_real_callback()


def test_an_error_of_the_right_state_ends_the_wait(site: Site) -> None:
    with site.connect(site.request("/callback?error=access_denied&state=right")):
        assert site.wait() == "error=access_denied&state=right"


@pytest.mark.parametrize("text", ["<script>", "%3Cscript%3E", "%3C/script%3E", "{0}", "%25s", "%1B%5B2J", "%E2%80%AE"])
def test_nothing_of_a_request_is_on_the_page(site: Site, text: str) -> None:
    answer = site.get(f"/callback?error=e&error_description=reflected{text}&state=wrong")
    assert status(answer) == 400
    assert not any(mark in answer for mark in (b"reflected", b"script", b"\x1b", "\u202e".encode()))
    assert site.still_hears_the_real_callback()


def test_a_megabyte_of_description_is_refused(site: Site) -> None:
    assert status(site.get("/callback?state=wrong&error_description=" + "x" * 1_000_000)) == 431
    assert site.still_hears_the_real_callback()


def test_only_the_literal_host_with_its_port_is_served(site: Site) -> None:
    line = f"GET {RIGHT} HTTP/1.1\r\n"
    assert status(site.get(RIGHT, host=f"evil.test:{site.port}")) == 421
    assert status(site.get(RIGHT, host=f"localhost:{site.port}")) == 421
    assert status(site.get(RIGHT, host="127.0.0.1")) == 421
    assert status(site.send(f"{line}\r\n".encode())) == 400
    assert status(site.send(f"GET {RIGHT} HTTP/1.0\r\n\r\n".encode())) == 421
    assert status(site.get(RIGHT, f"Host: {site.host}")) == 400
    assert status(site.get(f"http://{site.host}{RIGHT}")) == 400
    assert site.still_hears_the_real_callback()


@pytest.mark.parametrize("target", [RIGHT, "/callback?code=c&state=wrong", "/done", "/"])
def test_no_answer_lets_another_origin_read_it(site: Site, target: str) -> None:
    with site.connect(site.request(target, "Origin: https://evil.test")) as browser:
        site.run(site.listener.answer(Outcome(succeeded=True)))
        assert b"access-control" not in read(browser).lower()


def test_a_preflight_does_not_consume_the_code(site: Site) -> None:
    answer = site.get(RIGHT, "Access-Control-Request-Private-Network: true", method="OPTIONS")
    assert status(answer) == 405
    assert b"access-control" not in answer.lower()
    assert site.still_hears_the_real_callback()


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "TRACE", "PATCH"])
def test_another_method_does_not_consume_the_code(site: Site, method: str) -> None:
    answer = site.get(RIGHT, method=method)
    assert status(answer) == 405
    assert b"\r\nAllow: GET\r\n" in answer
    assert site.still_hears_the_real_callback()


def test_a_post_does_not_consume_the_code(site: Site) -> None:
    body = "code=c&state=right"
    request = site.request(RIGHT, f"Content-Length: {len(body)}", "Origin: null", method="POST") + body.encode()
    assert status(site.send(request)) == 405
    assert site.still_hears_the_real_callback()


@pytest.mark.parametrize(
    "path",
    ["/favicon.ico", "/", "/callback/", "//callback", "/callback%2f", "/callback;x", "/CALLBACK", "/done", "/start/x"],
)
def test_every_other_path_is_not_found(site: Site, path: str) -> None:
    assert status(site.get(f"{path}?code=c&state=right")) == 404
    assert site.still_hears_the_real_callback()


def test_another_protocol_is_turned_away(site: Site) -> None:
    for greeting in (
        bytes.fromhex("16030100fa010000f60303"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-x\r\n\r\n",
    ):
        assert status(site.send(greeting)) in {400, 421}
    assert site.still_hears_the_real_callback()


def test_a_browser_that_insists_on_https_is_told_so(site: Site) -> None:
    answer = site.send(bytes.fromhex("16030100fa010000f60303"))
    assert status(answer) == 400
    assert b"This address begins with http, not https" in answer
    assert site.still_hears_the_real_callback()


def test_a_pipelined_request_is_not_read(site: Site) -> None:
    answer = site.send(site.request("/favicon.ico") + site.request(RIGHT))
    assert status(answer) == 404
    assert answer.count(b"HTTP/1.1 ") == 1
    assert site.wait(0.05) is None
    assert site.still_hears_the_real_callback()


@pytest.mark.parametrize("code", ["é", "%00", "%", "%zz", "%C0%AF", "%ED%A0%80", "%ff"])
def test_a_query_that_is_no_text_gets_400(site: Site, code: str) -> None:
    assert status(site.get(f"/callback?code={code}&state=right")) == 400
    assert site.still_hears_the_real_callback()


def test_a_taken_port_is_passed_over_and_when_all_are_taken_they_are_named(colour: Colour) -> None:
    with colour.site() as first, colour.site() as second:
        second.close()
        with colour.site(first.port, second.port) as third:
            assert third.port == second.port
            with pytest.raises(ListenerError, match=f"{first.port}.*{second.port}"):
                Site(colour.run, colour.port, (first.port, second.port))


def test_a_port_number_that_cannot_be_is_an_error_and_no_traceback(colour: Colour) -> None:
    with pytest.raises(ListenerError, match="70000"):
        Site(colour.run, colour.port, (70000,))


def test_each_of_two_logins_hears_its_own(colour: Colour) -> None:
    with colour.site() as first, colour.site() as second:
        assert second.still_hears_the_real_callback()
        assert first.wait(0.05) is None
        assert status(first.get("/callback?code=x&state=other")) == 400
        assert first.still_hears_the_real_callback()


@pytest.mark.parametrize("destination", ["image", "iframe"])
def test_a_guess_from_another_site_has_no_effect_and_no_frame(site: Site, destination: str) -> None:
    lines = (f"Sec-Fetch-Dest: {destination}", "Sec-Fetch-Site: cross-site")
    answer = site.get("/callback?code=x&state=guessed", *lines)
    assert status(answer) == 400
    assert b"\r\nX-Frame-Options: DENY\r\n" in answer
    assert b"frame-ancestors 'none'" in answer
    assert site.still_hears_the_real_callback()
