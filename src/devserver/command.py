"""The command `dev-server`: serves on a loopback port until Ctrl-C, and shows how to try it."""

import sys
from collections.abc import Callable
from time import sleep
from typing import TextIO

from .http_server import HOST, DevServer
from .request_log import LogEntry
from .settings import Settings

DEFAULT_PORT = 8400


def wait_for_ever() -> None:
    """Waits until Ctrl-C."""
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
        port: the port on 127.0.0.1; 0 means any free port.
        settings: returns the settings; the message of a ValueError that it raises is shown.
        out: the stream for messages and one line per request; standard output by default.
        err: the stream for the reason why the server could not start; standard error by default.
        wait: returns, or raises KeyboardInterrupt, when the server is to stop.

    Returns:
        The exit status: 0, or 1 if the server could not start.
    """
    output = out or sys.stdout
    try:
        server = DevServer(port, settings(), log=lambda entry: _write_line(output, _line(entry)))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        problem = f"cannot listen on {HOST}:{port}: {reason}; try another port, or 0 for any free one"
        _write_line(err or sys.stderr, problem)
        return 1
    except ValueError as error:
        _write_line(err or sys.stderr, f"cannot start: {error.args[0]}")
        return 1
    try:
        with server:
            _write_line(output, _greeting(server.base_url))
            wait()
    except KeyboardInterrupt:
        _write_line(output, "\nstopped")
    return 0


def _greeting(base_url: str) -> str:
    return (
        f"PromptVM development server at {base_url}\n"
        "It has one test user and keeps everything in memory. Try it in another terminal:\n\n"
        f"    promptvm-auth login --base-url {base_url}\n\n"
        "Ctrl-C stops it.\n"
    )


def _line(entry: LogEntry) -> str:
    path = ascii(entry.path)[1:-1]  # a client may send terminal escapes
    note = f"  {entry.outcome}" if entry.outcome != "ok" else ""
    return f"{entry.method:<6} {path} {entry.status}{note}"


def _write_line(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()
