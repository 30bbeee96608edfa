"""Functions that need no client: event listeners, opening a browser, the diagnosis of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from ..domain.use_cases.diagnosis import Diagnosis
    from ..ports.events import Listener
    from .options import ClientOptions


def terminal_listener(stream: TextIO) -> Listener:
    """Returns a listener that shows the user in plain sentences what to open, what to enter and what is happening.

    Clients without `on_event` use it if stderr is a terminal.

    Args:
        stream: the stream to write to: standard error, never standard output.
    """
    from ..adapters.listeners.terminal import TerminalListener

    return TerminalListener(stream)


def json_lines_listener(stream: TextIO) -> Listener:
    """Returns a listener that writes each event as one line of JSON, for a front end in another language.

    The member `event` is the kind of the event; the other members are its attributes. They include URLs and user codes,
    which the front end must show, so do not keep the output as a log.

    Args:
        stream: the stream to write to; nothing else may write to it.
    """
    from ..adapters.listeners.json_lines import JsonLinesListener

    return JsonLinesListener(stream)


def log_listener() -> Listener:
    """Returns a listener that logs events to `logging.getLogger("promptvm_oauth")`, without secrets.

    URLs, user codes and e-mail addresses are not logged, so the user cannot log in by it alone: combine it with another
    listener by `all_of`. Neither logging nor structlog is configured globally.
    """
    from ..adapters.listeners.log_events import StructlogListener

    return StructlogListener()


def all_of(*listeners: Listener) -> Listener:
    """Returns a listener that calls several listeners in order. An error of one does not affect the others.

    Errors are logged by type, without their messages.

    Args:
        listeners: functions with one argument, the event.
    """
    from ..adapters.listeners.fan_out import FanOut

    return FanOut(listeners)


def open_browser(url: str) -> None:
    """Opens an absolute http or https URL in the user's own browser, without a shell and without waiting for it.

    Args:
        url: the URL.

    Raises:
        BrowserError: the URL must not be opened, or no browser was started; the message says why.
    """
    from ..adapters.browser.browser import BlockingBrowser
    from ..domain.use_cases.run_blocking import run_blocking

    run_blocking(BlockingBrowser().open(url))


def diagnose(options: ClientOptions, profile: str | None = None) -> Diagnosis:
    """Checks everything that a login of a client depends on; changes nothing.

    Args:
        options: the options of the client.
        profile: the profile's name; None means the active one.

    Raises:
        ConfigurationError: the configuration itself is invalid.
    """
    from ..domain.use_cases.client import Client
    from ..domain.use_cases.diagnosis import make_diagnosis
    from ..domain.use_cases.run_blocking import run_blocking
    from .root import BlockingRoot

    root = BlockingRoot(options)
    try:
        return run_blocking(make_diagnosis(Client(root.stored, root), root.machine(), profile))
    finally:
        run_blocking(root.close())
