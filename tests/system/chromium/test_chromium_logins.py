"""Whole logins in Chromium against the development server; `LOGINS` says how many of each kind, 2 by default."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from promptvm_oauth import AccessDenied, AsyncOAuthClient, LoginResult, OAuthClient, OAuthError
from promptvm_oauth.devserver import DevServer, Settings
from promptvm_oauth.testing import FakeBrowser, MemoryStore

if TYPE_CHECKING:
    from .conftest import Chromium, Tab

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the DevTools pipe of Unix")

LOGINS = int(os.environ.get("LOGINS", "2"))
SILENT = 10

APPROVE = "document.querySelector('button[value=approve]').click()"
DENY = "document.querySelector('button[value=deny]').click()"
TWICE = f"{APPROVE}; {APPROVE}"
DOUBLE_CLICK = f"{APPROVE}; setTimeout(() => {{ {APPROVE} }}, 90)"

SUCCESS = "You are signed in"
FAILURE = "The sign-in did not succeed"


class Desk:
    """A person at a browser: opens the page, presses a button, reads the page that the login ends on."""

    def __init__(self, chromium: "Chromium") -> None:
        self.chromium = chromium
        self.press = APPROVE
        self.silent = 0
        self.after: Callable[[Tab], object] = lambda tab: None
        self.read = ""
        self.ended_on = ""

    def visit(self, url: str) -> None:
        with ExitStack() as crowd:
            for _ in range(self.silent):
                crowd.enter_context(socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=5))
            tab = self.chromium.open(url)
            tab.wait_for("document.querySelector('button[value=approve]') !== null")
            tab.evaluate(self.press)
            self.ended_on = tab.wait_for("location.pathname === '/done' && location.href")
            self.read = tab.wait_for("document.readyState === 'complete' && document.body.innerText")
            self.after(tab)
            tab.close()


@pytest.fixture
def desk(chromium: "Chromium") -> Desk:
    return Desk(chromium)


@pytest.fixture(params=["blocking", "async"])
def log_in(request: pytest.FixtureRequest, dev_server: DevServer, desk: Desk) -> Callable[[], LoginResult]:
    def log_in() -> LoginResult:
        browser, heard = FakeBrowser(desk.visit), list[object]()
        given: dict[str, Any] = {
            "browser": browser,
            "secrets": MemoryStore(),
            "base_url": dev_server.base_url,
            "app_url": dev_server.base_url,
            "on_event": heard.append,
        }

        async def awaited() -> LoginResult:
            async with AsyncOAuthClient(**given) as client:
                return await client.login(flow="browser", timeout=60)

        try:
            if request.param == "async":
                return asyncio.run(awaited())
            with OAuthClient(**given) as client:
                return client.login(flow="browser", timeout=60)
        finally:
            browser.join(30)

    return log_in


LogIn = Callable[[], LoginResult]
crowded = pytest.mark.parametrize("silent", [0, SILENT], ids=["alone", f"beside {SILENT} silent sockets"])


@crowded
def test_an_approved_login_ends_on_a_page_that_says_so_and_shows_no_code(
    log_in: LogIn, desk: Desk, silent: int
) -> None:
    desk.silent = silent
    for _ in range(LOGINS):
        result = log_in()
        assert result.user is not None
        assert result.user.email == "ada@example.com"
        assert SUCCESS in desk.read
        assert "PromptVM" in desk.read
        assert "ada@example.com" in desk.read
        assert urlsplit(desk.ended_on).query == ""


@crowded
def test_a_denied_login_ends_on_a_page_that_says_so(log_in: LogIn, desk: Desk, silent: int) -> None:
    desk.press, desk.silent = DENY, silent
    for _ in range(LOGINS):
        with pytest.raises(AccessDenied):
            log_in()
        assert FAILURE in desk.read


@crowded
def test_an_expired_code_ends_on_a_page_of_failure(log_in: LogIn, desk: Desk, settings: Settings, silent: int) -> None:
    settings.code_lifetime = 0
    desk.silent = silent
    for _ in range(LOGINS):
        with pytest.raises(OAuthError, match="invalid_grant"):
            log_in()
        assert FAILURE in desk.read


@crowded
@pytest.mark.parametrize("press", [TWICE, DOUBLE_CLICK], ids=["at once", "double click"])
def test_a_form_that_is_submitted_twice_ends_in_one_login(
    log_in: LogIn, desk: Desk, dev_server: DevServer, silent: int, press: str
) -> None:
    desk.press, desk.silent = press, silent
    for number in range(1, LOGINS + 1):
        log_in()
        assert SUCCESS in desk.read
        assert urlsplit(desk.ended_on).query == ""
        assert len(dev_server.auth.live_sessions) == number


def test_the_page_obeys_its_own_policy_and_loads_nothing(log_in: LogIn, desk: Desk) -> None:
    seen: list[Any] = []
    desk.after = lambda tab: seen.extend(
        (
            tab.evaluate("getComputedStyle(document.querySelector('main')).borderTopLeftRadius"),
            tab.evaluate("document.scripts.length + performance.getEntriesByType('resource').length"),
        )
    )
    log_in()
    assert seen == ["14px", 0]
