"""The card of a login in a notebook: what it shows, what stays of it, and when there is one at all."""

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from promptvm_oauth.adapters.listeners.default import DefaultListener
from promptvm_oauth.adapters.notebook import kernel
from promptvm_oauth.adapters.notebook.card import Card
from promptvm_oauth.adapters.notebook.kernel import Output, in_kernel
from promptvm_oauth.adapters.notebook.listener import NotebookListener
from promptvm_oauth.ports import events
from promptvm_oauth.ports.events import Event, Listener
from promptvm_oauth.testing.listener_contract import ListenerContract

URL = "http://127.0.0.1:5000/start/0123"
PAGE = "https://app.example.test/device"
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J\u202e\"'&"

PLANNED = events.LoginPlanned(
    "work", "device", "why", "", chosen=True, opens=False, offers=("device",), replaces="ada@x"
)
CODE = events.DeviceCodeIssued(
    "work", "WDJB-MJHT", PAGE, f"{PAGE}?user_code=WDJB-MJHT", openable=True, expires_in=600.0
)
LOGGED_IN = events.LoggedIn("work", "ada@example.com", "device", "keychain")


class Notebook:
    """The outputs below the cells of a notebook."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, str]] = []
        self.now = 1000.0

    def show(self, bundle: dict[str, str]) -> "Cell":
        self.outputs.append(bundle)
        return Cell(self, len(self.outputs) - 1)

    def listener(self, *, ticking: bool = False) -> NotebookListener:
        return NotebookListener(self.show, lambda: self.now, ticking=ticking)

    @property
    def html(self) -> str:
        return self.outputs[-1]["text/html"]

    @property
    def text(self) -> str:
        return self.outputs[-1]["text/plain"]


class Cell:
    def __init__(self, notebook: Notebook, number: int) -> None:
        self._notebook, self._number = notebook, number

    def update(self, bundle: dict[str, str], /) -> None:
        self._notebook.outputs[self._number] = bundle


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def play(listener: Listener, *played: Event) -> None:
    for event in played:
        listener(event)


class TestNotebookListener(ListenerContract):
    def make(self) -> Listener:
        return Notebook().listener()


def test_a_device_login_shows_link_code_and_the_time_that_is_left(notebook: Notebook) -> None:
    listener = notebook.listener()
    play(listener, PLANNED, CODE, events.Waiting("work", 600.0))

    page = f"{PAGE}?user_code=WDJB-MJHT"
    assert f'<a href="{page}" target="_blank" rel="noopener noreferrer">{page}</a>' in notebook.html
    assert ">WDJB-MJHT</div>" in notebook.html
    assert notebook.text == (
        "To sign in, open this page on any device and compare the code:\n"
        f"{page}\nWDJB-MJHT\nWaiting for you, 10:00 left"
    )
    notebook.now += 61
    listener(events.Retrying("work", "the server is busy", 10.0))
    assert "Waiting for you, 8:59 left\nthe server is busy; trying again" in notebook.text
    listener(events.Recovered("work"))
    assert "busy" not in notebook.text


def test_a_browser_login_shows_the_link_that_works_in_every_browser(notebook: Notebook) -> None:
    play(notebook.listener(), PLANNED, events.BrowserOpened("work", URL), events.Waiting("work", 300.0))
    assert f'<a href="{URL}"' in notebook.html
    assert notebook.text.startswith("Sign in with the browser that was opened, or open this page:\n")


@pytest.mark.parametrize(
    "end", [LOGGED_IN, events.LoginFailed("work", "the login was interrupted")], ids=["signed in", "interrupted"]
)
@pytest.mark.parametrize("shown", [CODE, events.BrowserNotOpened("work", URL, "no browser")], ids=["code", "link"])
def test_what_stays_in_a_saved_notebook_is_neither_link_nor_code_nor_e_mail(
    notebook: Notebook, shown: Event, end: Event
) -> None:
    play(notebook.listener(), PLANNED, shown, events.Waiting("work", 600.0), events.ProblemNoticed("work", PAGE), end)

    assert len(notebook.outputs) == 1
    saved = notebook.html + notebook.text
    assert not any(word in saved for word in ("http", "WDJB", "ada", "@", "href", "left"))
    assert ("\u2713 Signed in: profile work, kept in keychain" in saved) == (end is LOGGED_IN)
    assert ("\u2717 Not signed in: the login was interrupted" in saved) == (end is not LOGGED_IN)


def test_a_store_that_is_weaker_is_told_with_the_result(notebook: Notebook) -> None:
    downgraded = events.StoreDowngraded("work", "keychain", "file", "the keychain is locked")
    play(notebook.listener(), PLANNED, CODE, downgraded, LOGGED_IN)
    assert notebook.text.endswith("\nKept in the file, since: the keychain is locked")


def test_text_of_a_server_is_escaped_and_cleaned(notebook: Notebook) -> None:
    code = events.DeviceCodeIssued("work", HOSTILE, f"https://x.test/{HOSTILE}", None, openable=True, expires_in=1.0)
    listener = notebook.listener()
    for event in (PLANNED, code, events.ProblemNoticed("work", HOSTILE), events.LoginFailed("work", HOSTILE)):
        listener(event)
        assert "<img" not in notebook.html
        assert not set("\x1b\u202e") & set(notebook.html + notebook.text)
    assert "&lt;img src=x onerror=alert(1)&gt;" in notebook.html


@pytest.mark.parametrize(
    ("page", "openable"),
    [("javascript:alert(1)", True), ("http://x.test/device", True), ("http://[", True), (PAGE, False)],
)
def test_a_page_that_was_not_checked_or_is_not_safe_is_text_and_no_link(
    notebook: Notebook, page: str, openable: bool
) -> None:
    code = events.DeviceCodeIssued("work", "AB", page, None, openable=openable, expires_in=1.0)
    play(notebook.listener(), PLANNED, code)
    assert "<a " not in notebook.html
    assert page in notebook.text
    assert "and enter the code:" in notebook.text


def test_each_login_has_a_card_of_its_own_and_the_earlier_one_stays(notebook: Notebook) -> None:
    listener = notebook.listener()
    play(listener, PLANNED, CODE, LOGGED_IN, PLANNED, CODE)
    assert [("Signed in" in each["text/plain"]) for each in notebook.outputs] == [True, False]
    play(listener, PLANNED)
    assert len(notebook.outputs) == 3


def test_what_belongs_to_no_login_is_written_as_in_a_terminal(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    notebook.listener()(events.UnlockAwaited("work", "keychain", 60.0))
    assert "locked" in stderr.getvalue()
    assert notebook.outputs == []


def test_an_event_that_changes_nothing_changes_nothing() -> None:
    card = Card()
    assert card.after(events.TokensRemoved("work"), 0.0) is card


class Shell(SimpleNamespace):
    """What IPython's `get_ipython` returns."""


@pytest.mark.parametrize(
    ("module", "there"),
    [
        (None, False),
        (SimpleNamespace(get_ipython=lambda: None), False),
        (SimpleNamespace(get_ipython=lambda: Shell(kernel=None)), False),
        (SimpleNamespace(get_ipython=Shell), False),
        (SimpleNamespace(), False),
        (SimpleNamespace(get_ipython=lambda: Shell(kernel=object())), True),
    ],
    ids=["no IPython", "not running", "terminal's", "another", "half loaded", "kernel"],
)
def test_only_a_kernel_is_a_notebook(monkeypatch: pytest.MonkeyPatch, module: Any, there: bool) -> None:
    if module is None:
        monkeypatch.delitem(sys.modules, "IPython", raising=False)
    else:
        monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert in_kernel() is there
    assert DefaultListener().shows_codes is there


def test_in_a_kernel_the_default_listener_shows_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    def update(bundle: dict[str, str], **how: object) -> None:
        shown.append((bundle, how))

    def display(bundle: dict[str, str], **how: object) -> Any:
        shown.append((bundle, how))
        return SimpleNamespace(update=update)

    module = SimpleNamespace(get_ipython=lambda: Shell(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    listener = DefaultListener()
    play(listener, PLANNED, CODE, LOGGED_IN)

    assert [how for _, how in shown] == [{"raw": True, "display_id": True}, {"raw": True}, {"raw": True}]
    assert "Signed in" in shown[-1][0]["text/html"]


def test_a_front_end_that_cannot_show_a_card_does_not_end_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(bundle: dict[str, str]) -> None:
        raise RuntimeError(bundle)

    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: Shell(kernel=object())))
    monkeypatch.setattr(kernel, "Output", broken)
    play(DefaultListener(), PLANNED, CODE)


def test_an_output_is_shown_once_and_then_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def update(bundle: dict[str, str], raw: bool) -> None:
        calls.append(f"update {bundle['text/plain']}")

    def display(bundle: dict[str, str], raw: bool, display_id: bool) -> Any:
        calls.append(f"show {bundle['text/plain']}")
        return SimpleNamespace(update=update)

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    Output({"text/plain": "a"}).update({"text/plain": "b"})
    assert calls == ["show a", "update b"]
