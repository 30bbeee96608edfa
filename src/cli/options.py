"""Options that several commands share, and the checks of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser

MAX_SECONDS = 86400.0
"""A day: longer than any login waits."""

MAX_PORT = 65535


def add_profile(parser: ArgumentParser) -> None:
    """Declare `--profile`."""
    parser.add_argument("--profile", metavar="NAME", help="the profile; by default the active one")


def add_json(parser: ArgumentParser) -> None:
    """Declare `--json`."""
    parser.add_argument(
        "--json",
        action="store_true",
        help='print one JSON object on standard output; if the command fails, it is {"error": {...}}',
    )


def add_client(parser: ArgumentParser) -> None:
    """Declare where the server is and where things are kept."""
    parser.add_argument("--base-url", metavar="URL", help="the API; by default the profile's, or PromptVM's")
    parser.add_argument("--app-url", metavar="URL", help="the web app; by default derived from the API's URL")
    parser.add_argument("--config-dir", metavar="DIR", help="where profiles are kept; by default the user's own")
    parser.add_argument("--store", choices=("auto", "file"), default="auto", help="where tokens are kept")


def add_ports(parser: ArgumentParser) -> None:
    """Declare `--port`."""
    parser.add_argument(
        "--port",
        dest="ports",
        metavar="PORT",
        type=port,
        action="append",
        default=[],
        help="where the browser may come back, for instance a forwarded port; repeat it for a second choice",
    )


def port(text: str) -> int:
    """Read a port number.

    Raises:
        ValueError: it is anything else.
    """
    value = int(text)
    if not 0 < value <= MAX_PORT:
        raise ValueError(text)
    return value


def seconds(text: str) -> float:
    """Read a number of seconds above zero and up to a day.

    Raises:
        ValueError: it is anything else.
    """
    value = float(text)
    if not 0 < value <= MAX_SECONDS:
        raise ValueError(text)
    return value
