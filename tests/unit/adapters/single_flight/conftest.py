"""The handlers that a process starts with, and the thread that watches over the signals that wait."""

import signal
from collections.abc import Callable, Iterator

import pytest
from promptvm_oauth.adapters.single_flight import held_signals

DEADLY = (signal.SIGTERM, signal.SIGHUP)


class WatchThread:
    """Takes the place of the thread that watches over the signals that wait; runs when the test lets it."""

    def __init__(self) -> None:
        self.starts = 0
        self._runs: list[Callable[[], None]] = []

    def start(self, run: Callable[[], None], _arguments: tuple[()]) -> None:
        self.starts += 1
        self._runs.append(run)

    def run(self) -> None:
        """Do all that there is to do, to the end of the thread."""
        self._runs.pop()()


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> WatchThread:
    thread = WatchThread()
    monkeypatch.setattr(held_signals, "start_new_thread", thread.start)
    return thread


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGINT, *DEADLY)]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in DEADLY:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in zip((signal.SIGINT, *DEADLY), before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Returns the signals that would have ended the process, each by its default action."""
    deaths: list[int] = []

    def die(number: int) -> None:
        assert signal.getsignal(number) is signal.SIG_DFL
        deaths.append(number)

    monkeypatch.setattr(signal, "raise_signal", die)
    return deaths
