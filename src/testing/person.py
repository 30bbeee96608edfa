"""A person with a browser, over real HTTP: opens a page, reads its form, presses a button, follows every redirect."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from .browser import FakeBrowser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from httpx import Response

TIMEOUT = 15.0
"""Seconds for each page; a loopback listener holds the last one until the login is done."""

_FORMS = 2
"""How many forms one visit fills in at the most: for a page that asks for ever."""


class ScriptedPerson(FakeBrowser):
    """The browser port, played by a person who decides at once, in a thread beside the program.

    It works for the consent page of a browser login and for the page of a device code.

    Args:
        decision: `approve` or `deny`: the value of the button that is pressed.

    Attributes:
        opened: every URL so far.
    """

    def __init__(self, decision: str = "approve") -> None:
        super().__init__(self.visit)
        self._decision = decision

    def visit(self, url: str) -> str:
        """Open a page in this thread, decide, and give the HTML of the page where it ends.

        Raises:
            AssertionError: a page had no such button, or its status was an error.
            httpx.HTTPError: a page did not come.
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
            raise AssertionError(f"the person saw a page with status {page.status_code}")
        return page.text


class _Form(HTMLParser):
    """The form of a page: where it goes, its hidden fields, and the names of its buttons by their values."""

    def __init__(self, page: Response) -> None:
        super().__init__()
        self.action = ""
        self.method = "GET"
        self.hidden: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self.feed(page.text)

    def filled_in(self, decision: str) -> Mapping[str, str]:
        """Give the fields that are sent when the button of that value is pressed."""
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
