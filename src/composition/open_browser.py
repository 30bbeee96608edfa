"""Opening the person's own browser, without a client around it: the Go package's `Open`."""

from ..adapters.browser.browser import BlockingBrowser
from ..domain.use_cases.run_blocking import run_blocking


def open_browser(url: str) -> None:
    """Open an absolute http or https URL in the person's own browser, without a shell and without waiting for it.

    Raises:
        BrowserError: the URL must not be opened, or no browser was started; the text says why.
    """
    run_blocking(BlockingBrowser().open(url))
