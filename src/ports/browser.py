"""The browser port: passes one URL to the user's own browser (RFC 8252 §8.12: never an embedded one)."""

from typing import Protocol


class Browser(Protocol):
    """Opens a URL. Success means that an opener was started, not that the user saw a page."""

    async def open(self, url: str) -> None:
        """Opens an absolute http(s) URL without waiting for the browser.

        Nothing that the opener prints reaches the standard output of this program.

        Args:
            url: the URL, which may hold a state; it appears in no error.

        Raises:
            BrowserError: no browser was started; the text says why.
        """
        ...
