"""The browser port: passes one URL to the user's own browser (RFC 8252 §8.12: never an embedded one)."""

from typing import Protocol


class Opening(Protocol):
    """A browser that was started, as far as this program can watch it."""

    def failure(self) -> str:
        """Returns why it turned out that no browser was opened, in words without the URL; empty until then.

        An opener may fail seconds after it was started, for instance because the display does not answer.
        """
        ...


class Browser(Protocol):
    """Opens a URL. Success means that an opener was started, not that the user saw a page."""

    async def open(self, url: str) -> Opening | None:
        """Opens an absolute http(s) URL without waiting for the browser.

        Nothing that the opener prints reaches the standard output of this program.

        Args:
            url: the URL, which may hold a state; it appears in no error.

        Returns:
            What tells of a failure that shows later, or None if nothing does.

        Raises:
            BrowserError: no browser was started; the text says why.
        """
        ...
