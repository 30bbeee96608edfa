"""The texts and the appearance of the loopback listener's pages, which the embedder may replace."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from attrs import Attribute

Words = tuple[str, ...]
"""A title, followed by paragraphs."""

_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")

_LOOK_THERE = "Return to the application where you started the sign-in."


@frozen
class PageContent:
    """The content of one page, as a renderer receives it. Every text but `style` is already escaped for HTML.

    Attributes:
        title: the heading.
        paragraphs: the text below it.
        tone: `good`, `bad` or `plain`.
        language: the value of the `lang` attribute, a BCP 47 tag.
        product: the name of the product that the user signs in to, or the empty text.
        style: the style sheet. The browser applies only a `<style>` element with exactly this content.
    """

    title: str
    paragraphs: tuple[str, ...]
    tone: str
    language: str
    product: str
    style: str


Render = Callable[[PageContent], str]
"""Returns a whole HTML document. The browser runs no script in it and loads nothing else.

If it raises an exception, the package's own page is shown.
"""


@frozen
class PageTexts:
    """Every text of the pages, so that the embedder can translate or replace it.

    Attributes:
        signed_in: the user is signed in.
        failed: the user is not signed in; the reason is shown after the title.
        unknown: the listener was closed before the outcome was known.
        moving: the body of a redirect, which a browser rarely shows.
        not_awaited: the callback does not have the awaited parameters.
        already_answered: another callback was accepted before.
        already_used: the start link was opened a second time.
        not_found: there is no page at the path.
        not_allowed: the method is not GET.
        misdirected: the `Host` header is not the listener's.
        unreadable: the request is not valid HTTP.
        too_large: the request line and headers are too long.
        not_https: the browser began a TLS handshake, but this port serves plain http.
    """

    signed_in: Words = ("You are signed in", "You can close this page and return to the application.")
    failed: Words = (
        "The sign-in did not succeed",
        "Return to the application to try again. You can close this page.",
    )
    unknown: Words = (
        "Return to the application",
        "It shows whether the sign-in succeeded.",
        "You can close this page.",
    )
    moving: Words = ("One moment", "The browser is opening the next page.")
    not_awaited: Words = (
        "This is not the expected answer",
        "The sign-in has not ended: continue on the page where you were signing in, or start again.",
    )
    already_answered: Words = ("This sign-in has already received its answer", _LOOK_THERE)
    already_used: Words = (
        "This link was already used",
        "It can be opened only once.",
        "Start the sign-in again in the application.",
    )
    not_found: Words = ("There is no page at this address", _LOOK_THERE)
    not_allowed: Words = ("This address accepts only GET requests", _LOOK_THERE)
    misdirected: Words = ("This address was opened under another host name", _LOOK_THERE)
    unreadable: Words = ("This request could not be read", _LOOK_THERE)
    too_large: Words = ("This request is too large", _LOOK_THERE)
    not_https: Words = (
        "This address begins with http, not https",
        "The connection stays on this machine. Open the address exactly as the application shows it.",
    )


def _is_colour(_: object, attribute: "Attribute[str]", value: str) -> None:
    if not _COLOUR.fullmatch(value):
        raise ValueError(f"{attribute.name}: a colour is #rgb or #rrggbb")


def _is_language(_: object, attribute: "Attribute[str]", value: str) -> None:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"{attribute.name}: a language is a BCP 47 tag, for instance 'en' or 'pt-BR'")


def _fits_in_style(_: object, attribute: "Attribute[str | None]", value: str | None) -> None:
    if value is not None and "</" in value:
        raise ValueError(f"{attribute.name}: a style sheet must not contain '</', which would end its element")


@frozen
class PageTheme:
    """The appearance and the texts of the pages, which the embedder may change.

    Attributes:
        product: the name of the product that the user signs in to; shown above the title.
        good: the colour of success, `#rgb` or `#rrggbb`; it must be visible on white and on near black.
        bad: the colour of failure, in the same form.
        mark: the colour of every other page, in the same form.
        language: the language of the texts, a BCP 47 tag.
        texts: the texts of the pages.
        style: a style sheet that replaces the package's; the browser loads nothing else, so `@import` has no effect.
        render: makes the document in place of the package's template.

    Raises:
        ValueError: a colour or the language does not have its form, or the style sheet contains `</`.
    """

    product: str = ""
    good: str = field(default="#1f883d", validator=_is_colour)
    bad: str = field(default="#cf222e", validator=_is_colour)
    mark: str = field(default="#6e7781", validator=_is_colour)
    language: str = field(default="en", validator=_is_language)
    texts: PageTexts = PageTexts()
    style: str | None = field(default=None, validator=_fits_in_style)
    render: Render | None = None
