"""What every browser adapter must do, as tests: subclass `BrowserContract` and implement its three methods."""

from collections.abc import Coroutine
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, TypeVar

from ..ports.browser import Browser
from ..ports.errors import BrowserError

T = TypeVar("T")

_URL = "http://127.0.0.1:8080/start/0123456789abcdef"


class BrowserContract:
    """The browser port's contract."""

    def make(self, opened: list[str]) -> Browser:
        """Returns the browser under test, which adds each URL that it opens to `opened`."""
        raise NotImplementedError

    def make_broken(self) -> Browser:
        """Returns a browser adapter which can never start a browser."""
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end: `run_blocking` or `asyncio.run`."""
        raise NotImplementedError

    def test_each_url_is_opened_once_and_in_order(self) -> None:
        """Only one opener opens each URL."""
        opened: list[str] = []
        browser = self.make(opened)
        self.run(browser.open(_URL))
        self.run(browser.open(_URL + "2"))
        assert opened == [_URL, _URL + "2"]

    def test_a_url_arrives_unchanged(self) -> None:
        """Nothing in it is replaced, split or encoded again."""
        url = "https://login.example/authorize?a=%s&b=%action&c=%2520&d=$(x);'e'#f"
        opened: list[str] = []
        self.run(self.make(opened).open(url))
        assert opened == [url]

    def test_nothing_is_written_to_our_standard_output(self) -> None:
        """A command that prints a token must print nothing else."""
        with redirect_stdout(StringIO()) as output:
            self.run(self.make([]).open(_URL))
        assert output.getvalue() == ""

    def test_where_no_browser_starts_the_error_says_why_without_the_url(self) -> None:
        """The URL may hold a state, which must not reach a log."""
        text = None
        try:
            self.run(self.make_broken().open(_URL))
        except BrowserError as error:
            text = str(error)
        assert text
        assert _URL not in text
