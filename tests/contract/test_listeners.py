"""Every listener of events keeps the contract."""

from io import BytesIO, StringIO, TextIOWrapper
from unittest.mock import Mock

import pytest
from promptvm_oauth import all_of, json_lines_listener, log_listener, terminal_listener
from promptvm_oauth.cli.screen.login_screen import LoginScreen, Wishes
from promptvm_oauth.cli.screen.surroundings import Surroundings
from promptvm_oauth.ports import events
from promptvm_oauth.ports.events import Listener
from promptvm_oauth.testing.listener_contract import EVENTS, ListenerContract
from promptvm_oauth.testing.promptvm import FakePromptVM


def test_the_contract_tells_every_kind_of_event() -> None:
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)}
    assert {type(event) for event in EVENTS} == kinds - {events.Event}


class TestTerminalListener(ListenerContract):
    def make(self) -> Listener:
        return terminal_listener(StringIO())


class TestTerminalListenerOnAnAsciiStream(ListenerContract):
    def make(self) -> Listener:
        return terminal_listener(TextIOWrapper(BytesIO(), encoding="ascii"))


class TestLoginScreen(ListenerContract):
    @pytest.fixture(autouse=True)
    def still(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("promptvm_oauth.cli.screen.login_screen.start_ticking", Mock())

    def make(self) -> Listener:
        stream = StringIO()
        takes = Surroundings(terminal=True, live=True, styles=True, colours=True, links=True)
        return LoginScreen(stream, takes, Wishes(qr=True, copy=True), terminal_listener(stream))


class TestLoginScreenInAPipe(ListenerContract):
    def make(self) -> Listener:
        stream = TextIOWrapper(BytesIO(), encoding="ascii")
        return LoginScreen(stream, Surroundings(), Wishes(), terminal_listener(stream))


class TestJsonLinesListener(ListenerContract):
    def make(self) -> Listener:
        return json_lines_listener(TextIOWrapper(BytesIO(), encoding="ascii"))


class TestLogListener(ListenerContract):
    def make(self) -> Listener:
        return log_listener()


class TestAllOf(ListenerContract):
    def make(self) -> Listener:
        def broken(event: object) -> None:
            raise RuntimeError

        return all_of(broken, terminal_listener(StringIO()))


class TestTheTestKitsOwn(ListenerContract):
    def make(self) -> Listener:
        promptvm = FakePromptVM()
        promptvm.ignore()
        return promptvm.hear
