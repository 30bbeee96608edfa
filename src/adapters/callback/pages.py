"""The pages that the browser shows, and the headers of every answer.

The pages have no script, load no other resource and show nothing of a request. The texts of an `Outcome` are
the only ones that vary; they are escaped before a renderer, the package's or the embedder's, receives them.
"""

import base64
import hashlib
from html import escape

from attrs import field, frozen

from ...ports.callback import Outcome
from ...ports.text import capital, clean
from .page_style import style_of
from .page_theme import PageContent, PageTheme, Words


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


_NO_OUTCOME = Outcome(succeeded=False)


class Pages:
    """Every answer of a listener, in one theme.

    Args:
        theme: the appearance and the texts.
    """

    def __init__(self, theme: PageTheme) -> None:
        self._theme = theme
        self._style = style_of(theme)
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
        words = (title, _sentence(clean(outcome.detail)), *paragraphs)
        return self._page(200, words, tone="good" if outcome.succeeded else "bad", outcome=outcome)

    def _page(
        self,
        status: int,
        words: Words,
        *,
        tone: str = "plain",
        header: tuple[str, str] | None = None,
        outcome: Outcome = _NO_OUTCOME,
    ) -> Reply:
        """Returns a page; every text of it is escaped here."""
        theme = self._theme
        title, *paragraphs = (escape(text.replace("{application}", theme.application)) for text in words)
        shown = tuple(text for text in paragraphs if text)
        product = escape(theme.product or clean(outcome.product))
        account = escape(clean(outcome.account))
        content = PageContent(title, shown, tone, theme.language, product, self._style, account)
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
        return document(content, self._theme.texts.account).encode("utf-8", "replace")


def document(content: PageContent, label: str) -> str:
    """Returns the HTML document of the package's own template.

    Args:
        content: the texts, escaped.
        label: the word beside the account.
    """
    product = f'<p class="brand"><b>{content.product}</b></p>\n' if content.product else ""
    account = f"<dl><div><dt>{escape(label)}</dt><dd>{content.account}</dd></div></dl>\n" if content.account else ""
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
{account}{paragraphs}
</main>
</body>
</html>
"""


def _sentence(text: str) -> str:
    """Returns half a sentence, as messages are written, as a whole one."""
    whole = capital(text)
    return whole if not whole or whole.endswith((".", "!", "?", "…")) else f"{whole}."


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
