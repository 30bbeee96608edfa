"""A scripted user with a browser, over real HTTP: opens a page, presses a button of its form, follows redirects."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from .browser import FakeBrowser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from httpx import Response

TIMEOUT = 15.0
"""Seconds for each page; a loopback listener answers the last one when the login has ended."""

_FORMS = 2
"""The largest number of forms in one visit, in case a page shows its form again and again."""


class ScriptedPerson(FakeBrowser):
    """A browser adapter that acts as a user who decides at once, in a thread of its own.

    It knows the consent page of a browser login and the page of a device code.

    Args:
        decision: `approve` or `deny`, the value of the button to press.

    Attributes:
        opened: all URLs so far.
    """

    def __init__(self, decision: str = "approve") -> None:
        super().__init__(self.visit)
        self._decision = decision

    def visit(self, url: str) -> str:
        """Opens a page in this thread, decides, and returns the HTML of the last page.

        Raises:
            AssertionError: a page had no such button, or an error status.
            httpx.HTTPError: a page could not be loaded.
        """
        import httpx

        with httpx.Client(trust_env=False, follow_redirects=True, timeout=TIMEOUT) as browser:
            page = browser.get(url)
            for _ in range(_FORMS):
                form = _Form(page)
                if not form.buttons:
                    break
                if self._decision not in form.buttons:
                    raise AssertionError(f"the page has no button {self._decision!r}")
                page = browser.request(form.method, page.url.join(form.action), data=form.filled_in(self._decision))
        if not page.is_success:
            raise AssertionError(f"the user saw a page with status {page.status_code}")
        return page.text


class _Form(HTMLParser):
    """The form of a page: its action, its hidden fields, and the names of its buttons by value."""

    def __init__(self, page: Response) -> None:
        super().__init__()
        self.action = ""
        self.method = "GET"
        self.hidden: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self.feed(page.text)

    def filled_in(self, decision: str) -> Mapping[str, str]:
        """Returns the fields that are sent when the button with this value is pressed."""
        return {**self.hidden, self.buttons[decision]: decision}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.method = values.get("action", ""), values.get("method", "get").upper()
        elif tag == "input" and values.get("type") == "hidden":
            self.hidden[values.get("name", "")] = values.get("value", "")
        elif tag == "button" and values.get("name"):
            self.buttons[values.get("value", "")] = values["name"]


if __name__ == "__main__":  # `BROWSER="python -m promptvm_oauth.testing.person"` passes the URL as the last argument
    import sys

    ScriptedPerson().visit(sys.argv[-1])
