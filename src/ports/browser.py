"""The browser port: hands one URL to the person's own browser (RFC 8252 §8.12: never an embedded one)."""

from typing import Protocol


class Browser(Protocol):
    """Opens a URL. Success means that an opener was started, not that a page was seen."""

    async def open(self, url: str) -> None:
        """Open an absolute http(s) URL without waiting for the browser.

        Nothing that the opener prints reaches our standard output.

        Raises:
            BrowserError: no browser was started; the text says why.
        """
        ...
