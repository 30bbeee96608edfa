"""The two links of a browser login, in both colours: the opened one works once, the shown one in every browser."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import AccessDenied, CallbackRejected, LoginTimeout, NothingToShowCode
from promptvm_oauth.devserver.settings import User
from promptvm_oauth.ports.errors import BrowserError
from promptvm_oauth.ports.events import BrowserNotOpened, BrowserOpened, DeviceCodeIssued, Event, ProblemNoticed
from promptvm_oauth.ports.timeouts import BROWSER_WATCH
from promptvm_oauth.testing.browser import FakeBrowser

if TYPE_CHECKING:
    from .conftest import Rig

LATE = "xdg-open failed with exit status 4"
EVE = User("usr_eve", "eve@example.com", "Eve")


@pytest.fixture(autouse=True)
def desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CI", "CODESPACES", "REMOTE_CONTAINERS", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")


class LateFailure:
    """A browser whose opener fails after so many looks."""

    def __init__(self, looks: int = 1, visit: Callable[[str], object] = lambda _: None) -> None:
        self.looks = looks
        self.opened: list[str] = []
        self._visit = visit

    async def open(self, url: str) -> "LateFailure":
        self.opened.append(url)
        self._visit(url)
        return self

    def failure(self) -> str:
        self.looks -= 1
        return "" if self.looks >= 0 else LATE


class Log:
    """A listener that shows nothing to a user."""

    shows_codes = False

    def __call__(self, event: Event) -> None:
        """Shows it to no user."""


def acting(visit: Callable[[str], object]) -> FakeBrowser:
    return FakeBrowser(visit, background=False)


def unseen(rig: "Rig", browser: object) -> Any:
    arguments: dict[str, Any] = {**rig.ports(), "on_event": Log(), "browser": browser}
    return type(rig.client)(**arguments)


def shown(rig: "Rig") -> list[str]:
    return [event.url for event in rig.events if isinstance(event, BrowserOpened)]


def told(rig: "Rig", word: str) -> list[str]:
    return [event.problem for event in rig.events if isinstance(event, ProblemNoticed) and word in event.problem]


def test_the_shown_link_is_not_the_opened_one_and_leads_to_another_state(rig: "Rig") -> None:
    pages: list[str | None] = []

    def visit(url: str) -> None:
        pages.append(rig.callback.follow(url))

    def person(event: Event) -> None:
        if isinstance(event, BrowserOpened):
            pages.extend(rig.callback.follow(event.url) for _ in range(2))
            rig.callback.deliver(rig.server.approve(pages[1] or ""))

    client = rig.make(browser=acting(visit), on_event=person)
    assert rig.call("login", "work", client=client, flow="browser").user.id == "usr_dev"

    opened, first, second = pages
    assert None not in pages
    assert first == second != opened


def test_who_reads_the_process_list_cannot_sign_the_person_in_as_somebody_else(rig: "Rig") -> None:
    """The attacker reads the opener's arguments, is the first at the link, and answers as himself."""
    redirects: list[str] = []
    events: list[Event] = []

    def visit(url: str) -> None:
        stolen = rig.callback.follow(url) or ""
        rig.server.settings.user = EVE
        redirects.append(rig.server.approve(stolen))
        rig.server.settings.user = User()
        assert rig.callback.follow(url) is None  # the person's browser, which is told of the other link
        assert not rig.callback.deliver(redirects[0])

    def person(event: Event) -> None:
        events.append(event)
        if isinstance(event, ProblemNoticed):
            assert not rig.callback.deliver(redirects[0])
            (link,) = [event.url for event in events if isinstance(event, BrowserOpened)]
            rig.callback.deliver(rig.server.approve(rig.callback.follow(link) or ""))

    client = rig.make(browser=acting(visit), on_event=person)
    assert rig.call("login", "work", client=client, flow="browser").user.id == "usr_dev"
    (problem,) = [event.problem for event in events if isinstance(event, ProblemNoticed)]
    assert problem.endswith("visited twice, maybe by another program: sign in with the link that is shown here")


def test_where_the_other_link_is_not_seen_a_link_that_was_visited_twice_ends_the_login_at_once(rig: "Rig") -> None:
    def visit(url: str) -> None:
        rig.callback.follow(url)
        rig.callback.follow(url)

    client = unseen(rig, acting(visit))
    began = rig.clock.now()
    with pytest.raises(CallbackRejected, match="nothing was exchanged, log in again"):
        rig.call("login", "work", client=client, flow="browser")
    assert rig.clock.now() - began == pytest.approx(BROWSER_WATCH)


def test_a_browser_that_fails_late_goes_on_with_a_code_once(rig: "Rig") -> None:
    result = rig.call("login", "work", client=rig.make(browser=LateFailure(3)), flow="auto")

    assert result.flow == "device"
    assert told(rig, LATE) == [f"no browser could be opened: {LATE}; continuing with a code for any device"]
    assert not [event for event in rig.events if isinstance(event, BrowserNotOpened)]
    assert rig.callback.listeners == {}


def test_a_browser_that_fails_at_once_goes_on_with_a_code(rig: "Rig") -> None:
    class NoBrowser:
        async def open(self, url: str) -> None:
            raise BrowserError("no browser was found")

    assert rig.call("login", "work", client=rig.make(browser=NoBrowser()), flow="auto").flow == "device"
    assert told(rig, "no browser was found; continuing with a code for any device")
    assert rig.heard()[:2] == ["LoginPlanned", "ProblemNoticed"]


def test_after_the_code_nothing_else_follows(rig: "Rig") -> None:
    rig.deny()
    with pytest.raises(AccessDenied):
        rig.call("login", "work", client=rig.make(browser=LateFailure()), flow="auto")
    assert rig.heard().count("DeviceCodeIssued") == 1


@pytest.mark.parametrize("use", ["visited", "refused"])
def test_a_late_failure_replaces_no_login_that_a_browser_has_begun(rig: "Rig", use: str) -> None:
    def visit(url: str) -> None:
        page = rig.callback.follow(url) if use == "visited" else None
        assert use == "visited" or not rig.callback.deliver(f"{uri(rig)}?code=c&state=guessed")
        assert use == "refused" or page

    with pytest.raises(LoginTimeout):
        rig.call("login", "work", client=rig.make(browser=LateFailure(visit=visit)), flow="auto", timeout=5)
    assert "DeviceCodeIssued" not in rig.heard()
    assert not told(rig, LATE)


def uri(rig: "Rig") -> str:
    (listener,) = rig.callback.listeners.values()
    return str(listener.redirect_uri)


def test_a_browser_flow_that_was_asked_for_is_told_late_once_and_goes_on_by_the_shown_link(rig: "Rig") -> None:
    result = rig.call("login", "work", client=rig.make(browser=LateFailure(2)), flow="browser")

    assert result.flow == "browser"
    (late,) = [event for event in rig.events if isinstance(event, BrowserNotOpened)]
    assert late.reason == LATE
    assert [late.url] == shown(rig)


def test_a_late_failure_is_told_once_however_long_the_wait(rig: "Rig") -> None:
    rig.person = lambda _: ""
    with pytest.raises(LoginTimeout):
        rig.call("login", "work", client=rig.make(browser=LateFailure()), flow="browser", timeout=30)
    assert rig.heard().count("BrowserNotOpened") == 1


@pytest.mark.parametrize("flow", ["auto", "browser"])
def test_where_no_link_is_seen_a_browser_that_did_not_open_ends_the_login_with_its_words(rig: "Rig", flow: str) -> None:
    client = unseen(rig, LateFailure())
    with pytest.raises(BrowserError, match=f"no browser could be opened: {LATE}"):
        rig.call("login", "work", client=client, flow=flow)
    assert rig.callback.listeners == {}


def test_where_no_link_is_seen_no_login_without_a_browser_begins(rig: "Rig") -> None:
    client = unseen(rig, rig.browser)
    with pytest.raises(NothingToShowCode):
        rig.call("login", "work", client=client, flow="browser", open_browser=False)
    assert rig.callback.outcomes == []
    assert not [event for event in rig.events if isinstance(event, DeviceCodeIssued)]
