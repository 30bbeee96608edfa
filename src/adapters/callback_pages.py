"""What the browser is shown: static pages, and the headers that every answer carries.

No script, no outside resource, nothing taken from a request. `Outcome.detail` is the only text that varies.
"""

import base64
import hashlib
import unicodedata
from html import escape

from attrs import field, frozen

from ..ports.callback import Outcome

MAX_DETAIL = 300
"""Characters of `Outcome.detail` that a page shows."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1f23; --paper: #f4f5f7; --card: #fff; --edge: #d9dde3; --mark: #57606a }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --paper: #15171a; --card: #1f2226; --edge: #363b42; --mark: #9aa4af }
}
* { box-sizing: border-box }
body {
  margin: 0; min-height: 100vh; padding: 1rem; display: grid; place-items: center;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif
}
main {
  width: 100%; max-width: 32rem; padding: clamp(1.25rem, 5vw, 2.5rem); overflow-wrap: anywhere;
  background: var(--card); border: 1px solid var(--edge); border-top: 4px solid var(--mark); border-radius: 8px
}
main.good { --mark: #1f883d }
main.bad { --mark: #cf222e }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.25 }
p { margin: .5rem 0 0 }
"""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main class="{tone}">
<h1>{title}</h1>
{paragraphs}
</main>
</body>
</html>
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)


@frozen
class Reply:
    """A complete answer; `repr` shows no header, since a `Location` may lead to an authorization request.

    Attributes:
        status: the HTTP status.
        body: the page.
        headers: all of them, in the order in which they are sent.
    """

    status: int
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)


def page(
    status: int, title: str, *paragraphs: str, tone: str = "plain", header: tuple[str, str] | None = None
) -> Reply:
    """Make a page; everything that is shown is escaped here.

    Args:
        status: the HTTP status.
        title: the heading.
        paragraphs: the text; empty ones are left out.
        tone: `good`, `bad` or `plain`: the colour of the edge, never the only sign of what happened.
        header: one more header.
    """
    body = _PAGE.format(
        title=escape(title),
        style=_STYLE,
        tone=tone,
        paragraphs="\n".join(f"<p>{escape(text)}</p>" for text in paragraphs if text),
    ).encode()
    extra = () if header is None else (header,)
    return Reply(status, body, (*_HEADERS, ("Content-Length", str(len(body))), *extra))


def redirect(location: str) -> Reply:
    """Send the browser on with a GET (RFC 9110 §15.4.4)."""
    return page(303, "One moment", "The browser is being taken to the next page.", header=("Location", location))


def result(outcome: Outcome | None) -> Reply:
    """Make the last page of a sign-in; None is for a listener that was closed before anybody said how it ended."""
    if outcome is None:
        return page(
            200, "Return to the application", "It shows whether the sign-in succeeded.", "You can close this page."
        )
    detail = _printable(outcome.detail)
    if outcome.succeeded:
        return page(
            200, "You are signed in", detail, "You can close this page and return to the application.", tone="good"
        )
    return page(
        200,
        "The sign-in did not succeed",
        detail,
        "Return to the application to try again. You can close this page.",
        tone="bad",
    )


def _printable(text: str) -> str:
    """Drop what is not to be seen (controls, direction overrides, surrogates) and cap the length."""
    seen = "".join(character for character in text if unicodedata.category(character)[0] != "C")
    return seen if len(seen) <= MAX_DETAIL else seen[: MAX_DETAIL - 1] + "…"
