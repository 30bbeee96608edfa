"""Decides how each request to the loopback listener is answered (RFC 8252 §7.3, §8.10), without sockets or time.

Only a GET of the exact path under the exact Host, with a query that the domain accepts, ends the wait. Every other
request is answered and changes nothing. The states:

    waiting   `accept` is called with each query; if it returns None, the answer is a 400 and the wait continues
    held      a query was accepted: its request is held, and each one that `accept` would accept as well, such as a
              reload or the second one of a double click; another query is answered with a 410
    answered  the outcome is known: the same requests, or all if none was accepted in time, are redirected to the result
              page, so that no code stays in the address bar; another query is answered with a 410
"""

import secrets
from collections.abc import Callable
from typing import Generic
from urllib.parse import unquote_to_bytes

from ...ports.callback import Accept, Accepted, Admit, Outcome, always
from ...ports.text import has_valid_escapes
from .page_theme import PageTheme
from .pages import Pages, Reply

HOST = "127.0.0.1"
LITERALS = {HOST: HOST, "::1": "[::1]"}
"""The allowed addresses, each with its form in a URL and in a `Host` header; never a name (RFC 8252 §8.3)."""
CALLBACK = "/callback"
DONE = "/done"
HTTP_PORT = 80

PLAIN = Pages(PageTheme())


def checked_address(address: str) -> str:
    """Returns an allowed address unchanged.

    Raises:
        ValueError: it is another address or a name.
    """
    if address not in LITERALS:
        raise ValueError(f"a redirect is received on {' or '.join(LITERALS)}, not on another address or a name")
    return address


class Rules(Generic[Accepted]):
    """The rules and the state of one listener. `respond`, `release` and `answer` are called from one thread.

    Args:
        port: the port that is bound.
        accept: decides whether a query is the awaited one, as in `CallbackPort.open`.
        on_accepted: called once a query is accepted.
        pages: the pages to answer with.
        address: a key of `LITERALS`.

    Attributes:
        accepted: what `accept` returned for the first query that it accepted, or None.
        pages: the pages to answer with.
        result_owed: whether a browser was redirected to the result page and has not fetched it yet.
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

    def start_url(self, authorize_url: str, admit: Admit = always) -> str:
        """Returns a URL of this listener that redirects to `authorize_url` until a query is accepted.

        May be called from any thread.

        Args:
            authorize_url: the URL at the authorization server.
            admit: asked at each visit whether it is redirected.

        Raises:
            ValueError: the URL is not printable ASCII without spaces, so it cannot be a header.
        """
        if not (authorize_url.isascii() and authorize_url.isprintable() and " " not in authorize_url):
            raise ValueError("an authorize URL consists of printable ASCII characters without spaces")
        path = f"/start/{secrets.token_hex(16)}"

        def visit(_query: str) -> Reply:
            if self._accepted_query is not None or self._answered:
                return self.pages.already_answered
            return self.pages.redirect(authorize_url) if admit() else self.pages.already_used

        self._visits[path] = visit
        return self.origin + path

    def respond(self, method: str, target: str, host: str, *, ahead: bool = False) -> Reply | None:
        """Returns the answer to one request.

        Args:
            method: as it was sent.
            target: the request target, as it was sent (RFC 9112 §3.2).
            host: the value of the only Host header, or the empty text if there is none.
            ahead: whether the browser sends it ahead of its user, to have the page ready if it is visited.

        Returns:
            The answer, or None if the caller is to hold the request until `release`.
        """
        if not target.startswith("/"):
            return self.pages.unreadable
        if host not in self._hosts:
            return self.pages.misdirected
        if ahead:
            return self.pages.ahead
        path, _, query = target.partition("?")
        visit = self._visits.get(path)
        if visit is None:
            return self.pages.not_found
        return visit(query) if method == "GET" else self.pages.not_allowed

    def answer(self, outcome: Outcome | None) -> None:
        """Sets the result page; every call but the first is ignored. An outcome of None means that it is not known."""
        if not self._answered:
            self._answered = True
            page = self.pages.result(outcome)
            self._visits[DONE] = lambda _query: self._visit_done(page)

    def release(self) -> Reply:
        """Returns the answer to a held request; `answer` was called before.

        It is a redirect, so that the code does not stay in the browser's address bar.
        """
        self.result_owed = True
        return self.pages.redirect(DONE)

    def _visit_callback(self, query: str) -> Reply | None:
        if self._accepted_query is None and not self._answered:
            return self._offer(query)
        if self._accepted_query is not None and not self._belongs(query):
            return self.pages.already_answered
        return self.release() if self._answered else None

    def _offer(self, query: str) -> Reply | None:
        value = self._accept(query) if _well_formed(query) else None
        if value is None:
            return self.pages.not_awaited
        self._accepted_query, self.accepted = query, value
        self._on_accepted()
        return None

    def _belongs(self, query: str) -> bool:
        """Returns whether a query belongs to the login that has its answer; nothing is exchanged for it."""
        return query == self._accepted_query or (_well_formed(query) and self._accept(query) is not None)

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
