"""When there is a card at all, and what else a notebook shows."""

import asyncio
import io
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from promptvm_oauth.adapters.listeners.default import DefaultListener
from promptvm_oauth.adapters.notebook import kernel, listener
from promptvm_oauth.adapters.notebook.card import Card
from promptvm_oauth.adapters.notebook.changes import card_after
from promptvm_oauth.adapters.notebook.kernel import Output, in_kernel
from promptvm_oauth.adapters.notebook.listener import NotebookListener
from promptvm_oauth.ports import events
from promptvm_oauth.ports.events import Event, Listener
from promptvm_oauth.testing.listener_contract import ListenerContract

from .notebook import CODE, LOGGED_IN, PLANNED, Notebook, play


class TestNotebookListener(ListenerContract):
    def make(self) -> Listener:
        return Notebook().listener()


@pytest.mark.parametrize(
    ("event", "written"),
    [
        (events.UnlockAwaited("work", "keychain", 60.0), "The keyring is locked"),
        (LOGGED_IN, "Signed in.\n"),
        (events.ProblemNoticed("work", "the session of ada@example.com lives"), "session of (e-mail address) lives"),
    ],
    ids=["unlock", "signed in elsewhere", "session"],
)
def test_what_belongs_to_no_login_is_written_as_in_a_terminal_but_without_an_e_mail_address(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, event: Event, written: str
) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    notebook.listener()(event)
    assert written in stderr.getvalue()
    assert "ada" not in stderr.getvalue()
    assert notebook.outputs == []


def test_an_event_that_changes_nothing_changes_nothing(notebook: Notebook) -> None:
    card = Card()
    assert card_after(card, events.TokensRemoved("work"), 0.0) is card
    listener = notebook.listener()
    play(listener, PLANNED, CODE)
    shown = notebook.outputs[-1]
    listener(events.TokensRemoved("work"))
    assert notebook.outputs[-1] is shown


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, asyncio.CancelledError])
def test_an_interrupt_is_one_line_too(notebook: Notebook, interrupt: type[BaseException]) -> None:
    error: Any = interrupt()
    try:
        raise error
    except interrupt:
        notebook.listener()(events.LoginFailed("work", "the login was interrupted", retryable=True))
    assert error._render_traceback_() == [f"{interrupt.__name__}: the login was interrupted"]


def test_an_error_of_another_kind_keeps_its_traceback(notebook: Notebook) -> None:
    error = ValueError()
    try:
        raise error
    except ValueError:
        notebook.listener()(events.LoginFailed("work", "an unexpected error ended the login"))
    assert not hasattr(error, "_render_traceback_")


def test_a_front_end_that_is_gone_ends_the_countdown_and_not_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "NOTEBOOK_TICK", 0.0)
    counting: list[threading.Thread] = []
    asked = threading.Event()

    class Gone:
        def update(self, bundle: dict[str, str], /) -> None:
            if threading.current_thread() is not threading.main_thread():
                counting.append(threading.current_thread())
                asked.set()
                raise ConnectionError

    play(NotebookListener(lambda _: Gone(), lambda: 0.0), PLANNED, CODE, events.Waiting("work", 60.0))
    assert asked.wait(10)
    counting[0].join(10)
    assert not counting[0].is_alive()
    assert len(counting) == 1


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

    assert [how for _, how in shown] == [{"raw": True, "display_id": True}, {"raw": True}]
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
