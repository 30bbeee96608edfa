"""The command `dev-server`: serves on a loopback port until Ctrl-C, and says how to try it."""

import sys
from collections.abc import Callable
from time import sleep
from typing import TextIO

from .http_server import HOST, DevServer
from .request_log import LogEntry
from .settings import Settings

DEFAULT_PORT = 8400


def wait_for_ever() -> None:
    """Wait until Ctrl-C."""
    while True:
        sleep(3600)


def serve(
    *,
    port: int = DEFAULT_PORT,
    settings: Callable[[], Settings] = Settings,
    out: TextIO | None = None,
    err: TextIO | None = None,
    wait: Callable[[], None] = wait_for_ever,
) -> int:
    """Serves until Ctrl-C.

    Args:
        port: the port on 127.0.0.1; 0 takes a free one.
        settings: makes the switches; a ValueError that it raises is told.
        out: takes the talk and one line a request; standard output unless passed.
        err: takes the reason why it did not start; standard error unless passed.
        wait: returns, or is interrupted by Ctrl-C, when it is time to stop.

    Returns:
        The exit status: 0, or 1 if the server could not start.
    """
    talk = out or sys.stdout
    try:
        server = DevServer(port, settings(), log=lambda entry: _say(talk, _line(entry)))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        told = f"cannot listen on {HOST}:{port}: {reason}; try another port, or 0 for any free one"
        _say(err or sys.stderr, told)
        return 1
    except ValueError as error:
        _say(err or sys.stderr, f"cannot start: {error.args[0]}")
        return 1
    try:
        with server:
            _say(talk, _greeting(server.base_url))
            wait()
    except KeyboardInterrupt:
        _say(talk, "\nstopped")
    return 0


def _greeting(base_url: str) -> str:
    return (
        f"PromptVM development server at {base_url}\n"
        "One made-up person, everything in memory. Try it in another terminal:\n\n"
        f"    promptvm-auth login --base-url {base_url}\n\n"
        "Ctrl-C stops it.\n"
    )


def _line(entry: LogEntry) -> str:
    path = ascii(entry.path)[1:-1]  # a path is sent by anybody, and may hold terminal escapes
    note = f"  {entry.outcome}" if entry.outcome != "ok" else ""
    return f"{entry.method:<6} {path} {entry.status}{note}"


def _say(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()
