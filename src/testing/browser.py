"""A browser that acts as the user, and one that must not be opened."""

from collections.abc import Callable
from threading import Thread


class FakeBrowser:
    """Acts as the user: visits every URL that it opens, in a thread, since a real browser runs in parallel as well.

    Args:
        visit: called with each URL, for instance to fetch it and follow its redirects; None visits nothing.
        background: whether to call `visit` in a thread; False calls it before `open` returns.

    Attributes:
        opened: all URLs so far.
    """

    def __init__(self, visit: Callable[[str], object] | None = None, *, background: bool = True) -> None:
        self.opened: list[str] = []
        self._visit = visit
        self._background = background
        self._threads: list[Thread] = []
        self._errors: list[BaseException] = []

    async def open(self, url: str) -> None:
        """Records the URL and visits it."""
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
        """Waits for all visits to end.

        Args:
            timeout: the longest wait for each visit, in seconds.

        Raises:
            AssertionError: a visit has not ended.
            BaseException: the error of the first visit that failed.
        """
        for thread in self._threads:
            thread.join(timeout)
            if thread.is_alive():
                raise AssertionError(f"the fake browser did not finish its visit within {timeout:g} s")
        if self._errors:
            raise self._errors[0]

    def _run(self, visit: Callable[[str], object], url: str) -> None:
        try:
            visit(url)
        except BaseException as error:  # noqa: BLE001 - join() raises it
            self._errors.append(error)


class ForbiddenBrowser:
    """A browser that must not be opened: opening it fails the test, even if the code under test catches our errors."""

    async def open(self, url: str) -> None:
        """Fails the test.

        Raises:
            AssertionError: always.
        """
        del url  # it may hold a state
        raise AssertionError("a browser was opened, which this test forbids")
