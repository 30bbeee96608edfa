"""What needs no client: the listeners of the event stream, opening a browser, a diagnosis of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from ..domain.use_cases.diagnosis import Diagnosis
    from ..ports.events import Listener
    from .options import ClientOptions


def terminal_listener(stream: TextIO) -> Listener:
    """Returns a listener that tells a user in plain sentences what to open, what to enter and what is waited for.

    Clients without `on_event` have it on stderr, where that is a terminal.

    Args:
        stream: where to; the standard error of a program, never its standard output.
    """
    from ..adapters.listeners.terminal import TerminalListener

    return TerminalListener(stream)


def json_lines_listener(stream: TextIO) -> Listener:
    """Returns a listener that writes each event as one JSON object a line, for a front end in another language.

    The object's `event` is the kind of the event, its other members are the event's attributes. URLs and user codes
    are in it, since the front end must show them; so it must not be kept as a log.

    Args:
        stream: where to; nobody else may write to it.
    """
    from ..adapters.listeners.json_lines import JsonLinesListener

    return JsonLinesListener(stream)


def log_listener() -> Listener:
    """Returns a listener that logs what happens to `logging.getLogger("promptvm_oauth")`, and nothing secret.

    No URL, no user code and no e-mail address is logged; so it shows nobody what to open. Beside another listener, it
    goes into `all_of`. Nothing is configured globally, neither logging nor structlog.
    """
    from ..adapters.listeners.log_events import StructlogListener

    return StructlogListener()


def all_of(*listeners: Listener) -> Listener:
    """Returns a listener that passes each event to all of these, in order, whatever one of them raises.

    What a listener raises is logged, without its text.

    Args:
        listeners: plain functions of one event.
    """
    from ..adapters.listeners.fan_out import FanOut

    return FanOut(listeners)


def open_browser(url: str) -> None:
    """Opens an absolute http or https URL in the user's own browser, without a shell and without waiting for it.

    Args:
        url: the URL.

    Raises:
        BrowserError: the URL must not be opened, or no browser was started; the text says why.
    """
    from ..adapters.browser.browser import BlockingBrowser
    from ..domain.use_cases.run_blocking import run_blocking

    run_blocking(BlockingBrowser().open(url))


def diagnose(options: ClientOptions, profile: str | None = None) -> Diagnosis:
    """Looks at everything that a login of such a client depends on; changes nothing.

    Args:
        options: of the client.
        profile: its name; None means the active one.

    Raises:
        ConfigurationError: what is configured is wrong in itself.
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
