"""The look and the texts of the loopback listener's pages, or a function of the embedder's that renders them."""

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

_LOOK_THERE = "Go back to {application}, where you started the sign-in."


@frozen
class PageContent:
    """The argument of `PageTheme.render`. Every text is already escaped for HTML.

    Attributes:
        title: the heading.
        paragraphs: the paragraphs below the heading.
        tone: `good` after a success, `bad` after a failure, else `plain`.
        language: the language tag for the `lang` attribute (BCP 47).
        product: the name of the product that the user signs in to; may be empty.
        account: the user who is signed in; may be empty.
        style: the style sheet. The browser applies only a `<style>` element that contains exactly this text.
    """

    title: str
    paragraphs: tuple[str, ...]
    tone: str
    language: str
    product: str
    style: str
    account: str = ""


Render = Callable[[PageContent], str]
"""Returns a whole HTML document; it runs no script and loads nothing. If it raises, the library's page is shown."""


@frozen
class PageTexts:
    """All texts of the pages, for example to translate them. Each is a title and then paragraphs.

    The pages show `PageTheme.application` in place of `{application}`.

    Attributes:
        signed_in: shown when the user is signed in.
        failed: shown when the login failed; the reason follows the title.
        unknown: shown when the listener closed before the result was known.
        moving: the page of a redirect, which browsers follow without showing it.
        not_awaited: shown for a callback with the wrong parameters.
        already_answered: shown for a second callback.
        already_used: shown when the link that the browser was opened with is opened a second time.
        not_found: shown for any other path.
        not_allowed: shown for any method except GET.
        misdirected: shown for a request to another host name.
        unreadable: shown for what is not an HTTP request.
        too_large: shown for a request that is too large.
        ahead: shown for a page that the browser requested ahead of its user.
        not_https: shown for a TLS handshake; the listener serves plain http.
        account: the word beside the user who is signed in.
    """

    signed_in: Words = ("You are signed in", "You can close this page and go back to {application}.")
    failed: Words = (
        "The sign-in did not succeed",
        "Go back to {application} to try again. You can close this page.",
    )
    unknown: Words = (
        "Go back to {application}",
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
        "This link was already opened",
        "It works once, and what it led to is no longer accepted.",
        "To sign in, open the other link, which you find in {application}.",
    )
    not_found: Words = ("There is no page at this address", _LOOK_THERE)
    not_allowed: Words = ("This address accepts only GET requests", _LOOK_THERE)
    misdirected: Words = ("This address was opened under another host name", _LOOK_THERE)
    unreadable: Words = ("This request could not be read", _LOOK_THERE)
    too_large: Words = ("This request is too large", _LOOK_THERE)
    ahead: Words = ("Not opened yet", "The browser asked for this page ahead of time. Open the link to begin.")
    not_https: Words = (
        "This address begins with http, not https",
        "The connection stays on this machine. Open the address exactly as it is shown in {application}.",
    )
    account: str = "Account"


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
    """The look and the texts of the pages that the browser shows after a login.

    Attributes:
        product: the name of the product that the user signs in to, shown above the title; if it is empty, the last page
            of a login names its server.
        application: the program that the user goes back to, for instance `the terminal`.
        good: the colour after a success, `#rgb` or `#rrggbb`. It must be visible on white and on nearly black.
        bad: the colour after a failure, `#rgb` or `#rrggbb`.
        mark: the colour of all other pages, `#rgb` or `#rrggbb`.
        language: the language tag of the texts (BCP 47), for example `en` or `pt-BR`.
        texts: all texts.
        style: a style sheet in place of the library's. It must not contain `@import`, and it loads nothing.
        render: a function that returns the HTML document, in place of the library's template.

    Raises:
        ValueError: a colour, the language or the style sheet is invalid.
    """

    product: str = ""
    application: str = "the application"
    good: str = field(default="#1f883d", validator=_is_colour)
    bad: str = field(default="#cf222e", validator=_is_colour)
    mark: str = field(default="#6e7781", validator=_is_colour)
    language: str = field(default="en", validator=_is_language)
    texts: PageTexts = PageTexts()
    style: str | None = field(default=None, validator=_fits_in_style)
    render: Render | None = None
