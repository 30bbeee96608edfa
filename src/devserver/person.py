"""A scripted user: opens the consent page like a browser, reads its form and submits it."""

from collections.abc import Callable
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from .exchange import Reply, Request

Handle = Callable[[Request], Reply]


def answer_consent(handle: Handle, authorize_url: str, action: str) -> str:
    """Opens an authorize URL, submits the form, and returns the URL that the browser is redirected to.

    Args:
        handle: returns the reply to a request.
        authorize_url: the URL that the client opens in the browser.
        action: `approve` or `deny`.

    Raises:
        ValueError: the server showed an error page instead.
    """
    url = urlsplit(authorize_url)
    reply = handle(Request("GET", url.path, url.query, {"accept": "text/html"}))
    if reply.status == HTTPStatus.OK:
        form = _HiddenFields()
        form.feed(reply.body.decode())
        body = urlencode({**form.fields, "action": action}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
        reply = handle(Request("POST", url.path, "", headers, body))
    if reply.status != HTTPStatus.FOUND:
        why = f": {reply.problem}" if reply.problem else ""
        raise ValueError(f"the consent page answered {reply.status}: {reply.outcome}{why}")
    return reply.headers["Location"]


class _HiddenFields(HTMLParser):
    """Collects the hidden fields of the one form on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("type") == "hidden":
            self.fields[values.get("name") or ""] = values.get("value") or ""
