"""The pages that the browser shows, and the headers of every answer.

The pages have no script, load no other resource and show nothing of a request. `Outcome.detail` is the only text that
varies; it is escaped before a renderer, the package's or the embedder's, receives it.
"""

import base64
import hashlib
from html import escape

from attrs import field, frozen

from ...ports.callback import Outcome
from ...ports.text import clean
from .page_theme import PageContent, PageTheme, Words

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1f23; --soft: #57606a; --paper: #f4f5f7; --card: #fff; --edge: #d9dde3 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --soft: #9aa4af; --paper: #15171a; --card: #1f2226; --edge: #363b42 }
}
* { box-sizing: border-box }
body {
  margin: 0; min-height: 100vh; padding: 1rem; display: grid; place-items: center;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif
}
main {
  width: 100%; max-width: 32rem; padding: clamp(1.25rem, 5vw, 2.5rem); overflow-wrap: anywhere;
  background: var(--card); border: 1px solid var(--edge); border-top: 4px solid MARK; border-radius: 8px
}
main.good { border-top-color: GOOD }
main.bad { border-top-color: BAD }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.25 }
p { margin: .5rem 0 0 }
p.product { margin: 0 0 .25rem; color: var(--soft); font-size: .875rem }
"""


@frozen
class Reply:
    """A complete answer; `repr` shows no header, since a `Location` may be the URL of an authorization request.

    Attributes:
        status: the HTTP status.
        body: the page, encoded.
        headers: all headers, in the order in which they are sent.
    """

    status: int
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)


class Pages:
    """Every answer of a listener, in one theme.

    Args:
        theme: the appearance and the texts.
    """

    def __init__(self, theme: PageTheme) -> None:
        self._theme = theme
        self._style = _style(theme)
        self._headers = _headers(self._style)
        texts = theme.texts
        self.unreadable = self._page(400, texts.unreadable)
        self.not_https = self._page(400, texts.not_https)
        self.not_awaited = self._page(400, texts.not_awaited)
        self.not_found = self._page(404, texts.not_found)
        self.not_allowed = self._page(405, texts.not_allowed, header=("Allow", "GET"))
        self.already_answered = self._page(410, texts.already_answered)
        self.already_used = self._page(410, texts.already_used)
        self.misdirected = self._page(421, texts.misdirected)
        self.too_large = self._page(431, texts.too_large)
        self.ahead = self._page(503, texts.ahead)

    def redirect(self, location: str) -> Reply:
        """Returns a redirect that the browser follows with a GET (RFC 9110 §15.4.4)."""
        return self._page(303, self._theme.texts.moving, header=("Location", location))

    def result(self, outcome: Outcome | None) -> Reply:
        """Returns the last page of a sign-in; None means that the listener was closed before the outcome was known."""
        texts = self._theme.texts
        if outcome is None:
            return self._page(200, texts.unknown)
        title, *paragraphs = texts.signed_in if outcome.succeeded else texts.failed
        words = (title, clean(outcome.detail), *paragraphs)
        return self._page(200, words, tone="good" if outcome.succeeded else "bad")

    def _page(self, status: int, words: Words, *, tone: str = "plain", header: tuple[str, str] | None = None) -> Reply:
        """Returns a page; every text of it is escaped here."""
        title, *paragraphs = (escape(text) for text in words)
        shown = tuple(text for text in paragraphs if text)
        product = escape(self._theme.product)
        content = PageContent(title, shown, tone, self._theme.language, product, self._style)
        body = self._rendered(content)
        extra = () if header is None else (header,)
        return Reply(status, body, (*self._headers, ("Content-Length", str(len(body))), *extra))

    def _rendered(self, content: PageContent) -> bytes:
        if self._theme.render is not None:
            try:
                return self._theme.render(content).encode("utf-8", "replace")
            except Exception as error:  # noqa: BLE001 (whatever a renderer raises, the browser receives an answer)
                from ..listeners.log import logger

                logger().warning("page_renderer_failed", error=type(error).__name__)
        return document(content).encode("utf-8", "replace")


def document(content: PageContent) -> str:
    """Returns the HTML document of the package's own template."""
    product = f'<p class="product">{content.product}</p>\n' if content.product else ""
    paragraphs = "\n".join(f"<p>{text}</p>" for text in content.paragraphs)
    window = f"{content.title} - {content.product}" if content.product else content.title
    return f"""\
<!doctype html>
<html lang="{content.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{window}</title>
<link rel="icon" href="data:,">
<style>{content.style}</style>
</head>
<body>
<main class="{content.tone}">
{product}<h1>{content.title}</h1>
{paragraphs}
</main>
</body>
</html>
"""


def _style(theme: PageTheme) -> str:
    if theme.style is not None:
        return theme.style
    return _STYLE.replace("MARK", theme.mark).replace("GOOD", theme.good).replace("BAD", theme.bad)


def _headers(style: str) -> tuple[tuple[str, str], ...]:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
    )
