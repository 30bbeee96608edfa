"""The listeners that come with the package, and listening with several at once."""

import io

import pytest
from promptvm_oauth import all_of, terminal_listener
from promptvm_oauth.adapters.listeners.default import DefaultListener
from promptvm_oauth.ports.events import Event, LoggedIn, Waiting


def test_all_of_tells_each_listener_in_order() -> None:
    told: list[str] = []

    all_of(lambda _: told.append("first"), lambda _: told.append("second"))(Waiting("work", 1.0))

    assert told == ["first", "second"]


def test_all_of_goes_on_after_a_listener_that_raises_and_logs_it_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[Event] = []

    def broken(event: Event) -> None:
        raise RuntimeError("a text that may hold anything")

    all_of(broken, told.append)(Waiting("work", 1.0))

    assert told == [Waiting("work", 1.0)]
    assert "listener_failed" in caplog.text
    assert "a text that may hold anything" not in caplog.text


@pytest.mark.parametrize(("shows", "audience"), [((True, False), True), ((False, False), False), ((), False)])
def test_all_of_shows_a_device_code_where_one_of_them_does(shows: tuple[bool, ...], audience: bool) -> None:
    class Quiet:
        def __init__(self, shows_codes: bool) -> None:
            self.shows_codes = shows_codes

        def __call__(self, event: Event) -> None:
            """Hears it."""

    assert getattr(all_of(*map(Quiet, shows)), "shows_codes", True) is audience


def test_all_of_nothing_is_a_listener_too() -> None:
    all_of()(Waiting("work", 1.0))


def test_the_terminal_listener_writes_to_the_stream_that_it_is_given() -> None:
    stream = io.StringIO()

    terminal_listener(stream)(LoggedIn("work", "ada@example.com", "browser", "memory"))

    assert stream.getvalue() == "Signed in as ada@example.com.\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_listener_a_terminal_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    listener = DefaultListener()

    assert listener.shows_codes
    listener(LoggedIn("work", "", "browser", "memory"))
    assert stream.getvalue() == "Signed in.\n"


@pytest.mark.parametrize("stderr", [None, io.StringIO()], ids=["no stderr", "a file"])
def test_without_a_terminal_nothing_is_written(stderr: io.StringIO | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", stderr)
    listener = DefaultListener()

    assert not listener.shows_codes
    listener(LoggedIn("work", "", "browser", "memory"))
    assert stderr is None or stderr.getvalue() == ""
