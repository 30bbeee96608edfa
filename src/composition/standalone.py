"""Functions that need no client: listeners for events, a browser, a loopback server, a diagnosis of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..adapters.listeners.qr import qr_code as qr_code  # noqa: PLC0414 (for the command)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from ..adapters.profiles.store_names import StoreNames
    from ..domain.use_cases.diagnosis import Diagnosis
    from ..domain.use_cases.loopback_server import LoopbackServer
    from ..ports.events import Listener
    from ..ports.secret import Secret
    from .options import ClientOptions


def terminal_listener(stream: TextIO) -> Listener:
    """Returns a listener that tells the user in plain sentences what to open and what to enter.

    A client without `on_event` uses it on stderr if that is a terminal.

    Args:
        stream: the stream to write to. Use the program's standard error, not its standard output.
    """
    from ..adapters.listeners.terminal import TerminalListener

    return TerminalListener(stream)


def json_lines_listener(stream: TextIO) -> Listener:
    """Returns a listener that writes each event as a JSON object on a line, for a front end in another language.

    The member `event` is the kind of the event; the others are its attributes. Do not store the objects as a log: they
    contain URLs and user codes, which the front end must show.

    Args:
        stream: the stream to write to. Nothing else may write to it.
    """
    from ..adapters.listeners.json_lines import JsonLinesListener

    return JsonLinesListener(stream)


def log_listener() -> Listener:
    """Returns a listener that logs events to `logging.getLogger("promptvm_oauth")`, and nothing secret.

    It logs no URL, code or e-mail address, so it does not show the user what to open: pass it and another one to
    `all_of`. It changes no global configuration.
    """
    from ..adapters.listeners.log_events import StructlogListener

    return StructlogListener()


def all_of(*listeners: Listener) -> Listener:
    """Returns a listener that passes each event to several ones, in order; what one raises is logged without its text.

    Args:
        listeners: functions whose argument is an event.
    """
    from ..adapters.listeners.fan_out import FanOut

    return FanOut(listeners)


def open_browser(url: str) -> None:
    """Opens an absolute http or https URL in the user's own browser, without a shell and without waiting for it.

    Args:
        url: the URL to open.

    Raises:
        BrowserError: the URL must not be opened, or no browser could be started; the text says why.
    """
    from ..adapters.browser.browser import BlockingBrowser
    from ..domain.use_cases.run_blocking import run_blocking

    run_blocking(BlockingBrowser().open(url))


def start_loopback_server(*, state: str | Secret | None = None, ports: Sequence[int] = ()) -> LoopbackServer:
    """Returns a server that listens for one redirect on 127.0.0.1, path `/callback` (RFC 8252 §7.3).

    Use it in a `with` or an `async with` statement, which opens and closes it. When it closes, the browser shows a page
    that does not say whether the login succeeded, because this server does not know.

    Args:
        state: the `state` that the redirect must have. Pass it if you know it before the browser is opened. Without it,
            a redirect that arrives before `wait` is stored, but the browser shows that it was not expected.
        ports: the ports that may be used, in order of preference; empty means any free port.

    Raises:
        ListenerError: on entering the statement: none of the ports is free.
    """
    from ..adapters.callback.blocking_listener import BlockingCallback
    from ..adapters.callback.listener import AsyncCallback
    from ..domain.use_cases.loopback_server import Callbacks, LoopbackServer

    return LoopbackServer(Callbacks(BlockingCallback, AsyncCallback), state, ports)


def store_names(config_dir: str | None) -> StoreNames:
    """Returns the file of the stores that were named at a login, in a directory; None means the user's own."""
    from ..adapters.files.config_dir import config_dir as user_dir
    from ..adapters.profiles.store_names import StoreNames

    return StoreNames(config_dir or user_dir())


def diagnose(options: ClientOptions, profile: str | None = None) -> Diagnosis:
    """Examines everything on this machine that a login of a client depends on. It changes nothing.

    Args:
        options: the client's arguments.
        profile: the profile's name; None means the active profile.

    Returns:
        What was found, with what the user can do about each problem; an invalid configuration is one.

    Raises:
        InvalidProfileName: the profile's name is invalid.
    """
    from ..domain.errors import PromptVMAuthError
    from ..domain.use_cases.client import Client
    from ..domain.use_cases.diagnosis import NO_SERVER, make_diagnosis
    from ..domain.use_cases.run_blocking import run_blocking
    from .root import BlockingRoot

    problem = ""
    try:
        root = BlockingRoot(options)
    except PromptVMAuthError as error:
        problem, root = str(error), BlockingRoot(type(options)(base_url=NO_SERVER, secrets="memory"))
    try:
        return run_blocking(make_diagnosis(Client(root.stored, root), root.machine(), profile, problem))
    finally:
        run_blocking(root.close())
