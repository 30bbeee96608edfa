"""A browser that plays the person, and one that must not be opened."""

from collections.abc import Callable
from threading import Thread


class FakeBrowser:
    """Plays the person: visits every URL that it is given, in a thread, as a real browser runs beside the program.

    Args:
        visit: called with each URL; for instance it fetches the URL and follows the redirects. None visits nothing.
        background: False calls `visit` before `open` returns, for a visit that waits for nothing.

    Attributes:
        opened: every URL so far.
    """

    def __init__(self, visit: Callable[[str], object] | None = None, *, background: bool = True) -> None:
        self.opened: list[str] = []
        self._visit = visit
        self._background = background
        self._threads: list[Thread] = []
        self._errors: list[BaseException] = []

    async def open(self, url: str) -> None:
        """Note the URL and visit it."""
        self.opened.append(url)
        if self._visit is None:
            return
        if not self._background:
            self._visit(url)
            return
        thread = Thread(target=self._run, args=(self._visit, url), name="fake browser", daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self, timeout: float = 5.0) -> None:
        """Wait for the visits.

        Args:
            timeout: seconds to wait for each.

        Raises:
            AssertionError: a visit has not ended.
            BaseException: what the first visit that failed raised.
        """
        for thread in self._threads:
            thread.join(timeout)
            if thread.is_alive():
                raise AssertionError(f"the fake browser is still at its visit after {timeout:g} s")
        if self._errors:
            raise self._errors[0]

    def _run(self, visit: Callable[[str], object], url: str) -> None:
        try:
            visit(url)
        except BaseException as error:  # noqa: BLE001 - it is told to whoever joins
            self._errors.append(error)


class ForbiddenBrowser:
    """A browser that must not be opened: opening it fails the test, whatever the code under test catches of ours."""

    async def open(self, url: str) -> None:
        """Fail.

        Raises:
            AssertionError: always.
        """
        del url  # it may hold a state
        raise AssertionError("a browser was opened where none must be")
