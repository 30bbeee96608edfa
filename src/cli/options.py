"""Options that several commands share, and the parsers of their values."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

MAX_SECONDS = 86400.0
"""One day: longer than any login waits."""

MAX_PORT = 65535

STORES = ("auto", "file", "keyring", "python-keyring")
"""The stores that every installation has; packages register others."""

VERBOSE_HELP = "write a trace without secrets to standard error, for a report"


def add_profile(parser: ArgumentParser) -> None:
    """Declares `--profile`."""
    parser.add_argument("--profile", metavar="NAME", help="the profile; by default the active one")


def add_json(add: Callable[..., object]) -> None:
    """Declares `--json`.

    Args:
        add: the method `add_argument` of a parser or of a group.
    """
    add(
        "--json",
        action="store_true",
        help='print one JSON object on standard output; if the command fails, it is {"error": {...}}',
    )


def add_json_lines(parser: ArgumentParser) -> None:
    """Declares `--json` and `--json-lines`, for a command that may wait and whose result holds no token."""
    group = parser.add_mutually_exclusive_group()
    add_json(group.add_argument)
    group.add_argument(
        "--json-lines",
        action="store_true",
        help="for programs: print each event, and at last the result, as a line of JSON; see docs/events.md",
    )


def add_client(parser: ArgumentParser) -> None:
    """Declares the options for the server's URLs, the configuration directory and the store."""
    parser.add_argument("-v", "--verbose", action="store_true", help=VERBOSE_HELP)
    group = parser.add_argument_group("server and storage")
    group.add_argument("--base-url", metavar="URL", help="the API; by default the profile's, or PromptVM's")
    group.add_argument("--app-url", metavar="URL", help="the web app; by default derived from the API's URL")
    group.add_argument("--config-dir", metavar="DIR", help="the directory of the profiles; by default the user's own")
    group.add_argument(
        "--store",
        metavar="NAME",
        help=f"the store of the tokens: {', '.join(STORES)}, or one that a package registered; "
        "by default the one that was named at the login, else auto",
    )


def add_issuer(add: Callable[..., object]) -> None:
    """Declares what names a server other than PromptVM.

    Args:
        add: the method `add_argument` of a parser or of a group.
    """
    add("--issuer", metavar="URL", help="its issuer identifier; its endpoints are discovered")
    add("--client-id", metavar="ID", help="the client identifier that is registered there")
    add(
        "--trust-origin",
        metavar="URL",
        action="append",
        default=[],
        help="an origin where it may have endpoints, besides its own; may be repeated",
    )


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
    """Parses the number of a port.

    Raises:
        ArgumentTypeError: it is anything else.
    """
    return whole_number(text, 1, MAX_PORT, "a port")


def whole_number(text: str, least: int, greatest: int, name: str) -> int:
    """Parses a whole number.

    Args:
        text: decimal digits.
        least: the least number.
        greatest: the greatest number.
        name: what the number is, with its article, for the message.

    Raises:
        ArgumentTypeError: it is anything else.
    """
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(greatest))
    if not digits or not least <= int(text) <= greatest:
        raise ArgumentTypeError(f"{name} is a number from {least} to {greatest}, not {text!r}")
    return int(text)


def seconds(text: str) -> float:
    """Parses a number of seconds above zero and up to a day.

    Raises:
        ArgumentTypeError: it is anything else.
    """
    return _number_of_seconds(text, "above 0 and up to")


def duration(text: str) -> float:
    """Parses a number of seconds from zero to a day.

    Raises:
        ArgumentTypeError: it is anything else.
    """
    return _number_of_seconds(text, "from 0 to")


def _number_of_seconds(text: str, limits: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MAX_SECONDS or (value == 0 and "above" in limits):
        raise ArgumentTypeError(f"it takes seconds, {limits} {MAX_SECONDS:g}, not {text!r}")
    return value
