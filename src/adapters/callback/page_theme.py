"""How the pages of the loopback listener look and read: the words, the colours, or a renderer of the embedder's own."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from attrs import Attribute

Words = tuple[str, ...]
"""A title, then paragraphs."""

_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")

_LOOK_THERE = "Return to the application where you began."


@frozen
class PageContent:
    """What a renderer is given. Every text is escaped for HTML already.

    Attributes:
        title: the heading.
        paragraphs: the text.
        tone: `good`, `bad` or `plain`.
        language: for the `lang` attribute (BCP 47).
        product: whose sign-in it is, or the empty text.
        style: the style sheet; a `<style>` element with exactly this in it is the only one that a browser obeys.
    """

    title: str
    paragraphs: tuple[str, ...]
    tone: str
    language: str
    product: str
    style: str


Render = Callable[[PageContent], str]
"""Gives a whole HTML document; no script runs in it and nothing is loaded. If it raises, our own page is shown."""


@frozen
class PageTexts:
    """Every word that a page shows, so that all of it can be translated.

    Attributes:
        signed_in: the person is signed in.
        failed: they are not; the reason is shown after the title.
        unknown: the listener was closed before it was known.
        moving: behind a redirect, where hardly anybody sees it.
        not_awaited: the callback with the wrong parameters.
        already_answered: another callback came first.
        already_used: the start link, a second time.
        not_found: another address.
        not_allowed: another method than GET.
        misdirected: another host name.
        unreadable: no HTTP request.
        too_large: a request beyond every bound.
        not_https: a TLS handshake on this port, which speaks plain http.
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
    moving: Words = ("One moment", "The browser is being taken to the next page.")
    not_awaited: Words = (
        "This is not the answer that is awaited",
        "The sign-in is still open: go on in the page where you were signing in, or start again.",
    )
    already_answered: Words = ("This sign-in was already answered", _LOOK_THERE)
    already_used: Words = (
        "This link was already used",
        "It works once.",
        "Start the sign-in again in the application.",
    )
    not_found: Words = ("There is nothing at this address", _LOOK_THERE)
    not_allowed: Words = ("This address can only be visited", _LOOK_THERE)
    misdirected: Words = ("This address was not called by its own name", _LOOK_THERE)
    unreadable: Words = ("This request could not be read", _LOOK_THERE)
    too_large: Words = ("This request is too large", _LOOK_THERE)
    not_https: Words = (
        "This address begins with http, not https",
        "It never leaves this machine. Open it as it was given.",
    )


def _is_colour(_: object, attribute: "Attribute[str]", value: str) -> None:
    if not _COLOUR.fullmatch(value):
        raise ValueError(f"{attribute.name}: a colour is #rgb or #rrggbb")


def _is_language(_: object, attribute: "Attribute[str]", value: str) -> None:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"{attribute.name}: a language is a BCP 47 tag, for instance 'en' or 'pt-BR'")


def _fits_in_style(_: object, attribute: "Attribute[str | None]", value: str | None) -> None:
    if value is not None and "</" in value:
        raise ValueError(f"{attribute.name}: a style sheet that ends its own element")


@frozen
class PageTheme:
    """What an embedder may change about the pages.

    Attributes:
        product: whose sign-in it is; shown above the title.
        good: the colour of success, `#rgb` or `#rrggbb`; it must be seen on white and on near black.
        bad: the colour of failure.
        mark: the colour of everything else.
        language: of the texts (BCP 47).
        texts: all words.
        style: a style sheet in place of the one that comes with the package; no `@import`, nothing outside is loaded.
        render: makes the document in place of the template that comes with the package.

    Raises:
        ValueError: a colour, the language or the style sheet is not one.
    """

    product: str = ""
    good: str = field(default="#1f883d", validator=_is_colour)
    bad: str = field(default="#cf222e", validator=_is_colour)
    mark: str = field(default="#6e7781", validator=_is_colour)
    language: str = field(default="en", validator=_is_language)
    texts: PageTexts = PageTexts()
    style: str | None = field(default=None, validator=_fits_in_style)
    render: Render | None = None
