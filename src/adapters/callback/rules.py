"""What each request to the loopback listener is answered with (RFC 8252 §7.3, §8.10). No sockets, no bytes, no time.

Only a GET of the exact path under the exact Host, with a query that the domain accepts, ends the wait. Everything else
is answered and changes nothing. The states:

    waiting   `accept` is asked about each query; None is a 400 and the wait goes on
    held      a query was accepted: its request, and each reload of it, is held; another query is a 410
    answered  the outcome is known: the accepted query, or any where none was accepted in time, is sent on to the
              result page; another query is a 410
"""

import secrets
from collections.abc import Callable
from typing import Generic
from urllib.parse import unquote_to_bytes

from ...ports.callback import Accept, Accepted, Outcome
from ...ports.text import has_valid_escapes
from .page_theme import PageTheme
from .pages import Pages, Reply

HOST = "127.0.0.1"
LITERALS = {HOST: HOST, "::1": "[::1]"}
"""The addresses that can be listened on, as a URL and a `Host` header write them; never a name (RFC 8252 §8.3)."""
CALLBACK = "/callback"
DONE = "/done"
HTTP_PORT = 80

PLAIN = Pages(PageTheme())


def checked_address(address: str) -> str:
    """Give an address back that can be listened on.

    Raises:
        ValueError: it is another one, or a name.
    """
    if address not in LITERALS:
        raise ValueError(f"a redirect is received on {' or '.join(LITERALS)}, not on another address or a name")
    return address


class Rules(Generic[Accepted]):
    """The rules of one listener and what it has seen. `respond`, `release` and `answer` belong to one thread.

    Attributes:
        accepted: what `accept` gave for the first query that it took, or None.
        pages: the pages to answer with.
        result_owed: whether a browser was sent to the result page and has not fetched it yet.
    """

    def __init__(
        self,
        port: int,
        accept: Accept[Accepted],
        on_accepted: Callable[[], object],
        pages: Pages = PLAIN,
        *,
        address: str = HOST,
    ) -> None:
        host = LITERALS[address]
        self.origin = f"http://{host}:{port}"
        self.accepted: Accepted | None = None
        self.result_owed = False
        self.pages = pages
        self._hosts = {f"{host}:{port}", host} if port == HTTP_PORT else {f"{host}:{port}"}
        self._accept = accept
        self._on_accepted = on_accepted
        self._accepted_query: str | None = None
        self._answered = False
        self._visits: dict[str, Callable[[str], Reply | None]] = {CALLBACK: self._visit_callback}

    def start_url(self, authorize_url: str) -> str:
        """Give a URL of this listener that leads to `authorize_url` once. May be called from any thread.

        Raises:
            ValueError: the URL is not plain printable ASCII, so it cannot be a header.
        """
        if not (authorize_url.isascii() and authorize_url.isprintable() and " " not in authorize_url):
            raise ValueError("an authorize URL consists of printable ASCII characters")
        path = f"/start/{secrets.token_hex(16)}"

        def visit(_query: str) -> Reply:
            self._visits[path] = lambda _query: self.pages.already_used
            return self.pages.redirect(authorize_url)

        self._visits[path] = visit
        return self.origin + path

    def respond(self, method: str, target: str, host: str) -> Reply | None:
        """Decide about one request.

        Args:
            method: as it was sent.
            target: the request target, as it was sent (RFC 9112 §3.2).
            host: the value of the only Host header, or the empty text if there is none.

        Returns:
            The answer, or None: hold the request until `release`.
        """
        if not target.startswith("/"):
            return self.pages.unreadable
        if host not in self._hosts:
            return self.pages.misdirected
        path, _, query = target.partition("?")
        visit = self._visits.get(path)
        if visit is None:
            return self.pages.not_found
        return visit(query) if method == "GET" else self.pages.not_allowed

    def answer(self, outcome: Outcome | None) -> None:
        """Set the result page; the first call counts. None is for an outcome that nobody knows."""
        if not self._answered:
            self._answered = True
            page = self.pages.result(outcome)
            self._visits[DONE] = lambda _query: self._visit_done(page)

    def release(self) -> Reply:
        """Give the answer for a held request, once `answer` was called: it takes the code out of the address bar."""
        self.result_owed = True
        return self.pages.redirect(DONE)

    def _visit_callback(self, query: str) -> Reply | None:
        if self._accepted_query is None and not self._answered:
            return self._offer(query)
        if self._accepted_query is not None and query != self._accepted_query:
            return self.pages.already_answered
        return self.release() if self._answered else None

    def _offer(self, query: str) -> Reply | None:
        value = self._accept(query) if _well_formed(query) else None
        if value is None:
            return self.pages.not_awaited
        self._accepted_query, self.accepted = query, value
        self._on_accepted()
        return None

    def _visit_done(self, page_of_result: Reply) -> Reply:
        self.result_owed = False
        return page_of_result


def _well_formed(query: str) -> bool:
    """Returns whether every percent sign begins an escape and all of it is UTF-8 without NUL."""
    if not has_valid_escapes(query):
        return False
    decoded = unquote_to_bytes(query)
    try:
        decoded.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in decoded
