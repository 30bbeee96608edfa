"""Options that several commands share, and the parsers of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser

MAX_SECONDS = 86400.0
"""One day: longer than any login waits."""

MAX_PORT = 65535


def add_profile(parser: ArgumentParser) -> None:
    """Declares `--profile`."""
    parser.add_argument("--profile", metavar="NAME", help="the profile; by default the active one")


def add_json(parser: ArgumentParser) -> None:
    """Declares `--json`."""
    parser.add_argument(
        "--json",
        action="store_true",
        help='print one JSON object on standard output; if the command fails, it is {"error": {...}}',
    )


def add_client(parser: ArgumentParser) -> None:
    """Declares the options for the server's URLs, the configuration directory and the store."""
    parser.add_argument("--base-url", metavar="URL", help="the API; by default the profile's, or PromptVM's")
    parser.add_argument("--app-url", metavar="URL", help="the web app; by default derived from the API's URL")
    parser.add_argument("--config-dir", metavar="DIR", help="the directory of the profiles; by default the user's own")
    parser.add_argument("--store", choices=("auto", "file"), default="auto", help="the store of the tokens")


def add_ports(parser: ArgumentParser) -> None:
    """Declares `--port`."""
    parser.add_argument(
        "--port",
        dest="ports",
        metavar="PORT",
        type=port,
        action="append",
        default=[],
        help="the callback port, for instance a forwarded one; repeat it for a second choice",
    )


def port(text: str) -> int:
    """Parses a port number.

    Raises:
        ValueError: it is anything else.
    """
    value = int(text)
    if not 0 < value <= MAX_PORT:
        raise ValueError(text)
    return value


def seconds(text: str) -> float:
    """Parses a number of seconds above zero and up to a day.

    Raises:
        ValueError: it is anything else.
    """
    value = float(text)
    if not 0 < value <= MAX_SECONDS:
        raise ValueError(text)
    return value
