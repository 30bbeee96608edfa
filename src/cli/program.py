"""The program around the commands: choosing one, and turning whatever happens into an exit code."""

from __future__ import annotations

import io
import os
import sys
from argparse import ArgumentParser, HelpFormatter, Namespace
from contextlib import suppress
from typing import TYPE_CHECKING

from .commands import COMMANDS, PROGRAM, load
from .context import Context
from .exit_codes import FAILED, INTERRUPTED, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..client import OAuthClient
    from .commands import Command

EXIT_CODES_HELP = (
    "Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 log in again; 4 unreachable, try later; "
    "5 the store refused; 130 stopped by Ctrl-C."
)


def main(argv: Sequence[str] | None = None, *, make_client: Callable[..., OAuthClient] | None = None) -> int:
    """Run the command.

    Args:
        argv: the arguments without the program's name; by default those of this process.
        make_client: makes the client from its keyword arguments; by default `OAuthClient`.

    Returns:
        The exit code, as `--help` lists them.
    """
    context = Context(sys.stdout or io.StringIO(), sys.stderr or io.StringIO(), make_client)
    try:
        return _run(sys.argv[1:] if argv is None else argv, context)
    except KeyboardInterrupt:
        context.say("")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        _discard_output()
        return FAILED
    except OSError as error:  # the output cannot be written; whatever else fails has an error of its own
        _discard_output()
        context.say(f"{PROGRAM}: {error.strerror or type(error).__name__}")
        return FAILED


def _run(arguments: Sequence[str], context: Context) -> int:
    options = Namespace()
    try:
        command, options = _parse(arguments)
        return command.run(options, context)
    except SystemExit as stop:  # argparse has printed the help, or what is wrong
        return stop.code if isinstance(stop.code, int) else 0
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 (a person is never shown a traceback)
        from .failure import report

        return report(error, options, context)


def _parse(arguments: Sequence[str]) -> tuple[Command, Namespace]:
    """Read the arguments with the chosen command's parser alone: building all of them would take longer than a token.

    Raises:
        SystemExit: help was asked for, or the arguments are wrong.
    """
    if not arguments:
        overview = _overview()
        overview.exit(USAGE, overview.format_help())
    name, *rest = arguments
    if name not in COMMANDS:
        _overview().parse_args(arguments)
    purpose = COMMANDS[name]
    parser = ArgumentParser(
        f"{PROGRAM} {name}",
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        epilog=EXIT_CODES_HELP,
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    command = load(name)
    command.arguments(parser)
    return command, parser.parse_args(rest)


def _overview() -> ArgumentParser:
    """Give the parser for everything but a command: it prints the help or an error, and ends the program."""
    parser = ArgumentParser(
        PROGRAM,
        description="Sign in to PromptVM, and use that from scripts.",
        epilog=f"'{PROGRAM} COMMAND --help' lists a command's options. {EXIT_CODES_HELP}",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, purpose in COMMANDS.items():
        commands.add_parser(name, help=purpose)
    return parser


def _formatter(prog: str) -> HelpFormatter:
    """Lay help out. Left to itself, argparse imports shutil for the width as soon as an option is declared."""
    try:
        width = os.get_terminal_size().columns
    except OSError:
        width = 0
    return HelpFormatter(prog, width=(width or 80) - 2)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("promptvm-oauth")
    except PackageNotFoundError:  # it runs from its sources
        return "(not installed)"


def _discard_output() -> None:
    """Point standard output at nothing, so that the interpreter's last flush does not fail once more."""
    with suppress(OSError, AttributeError), open(os.devnull, "w") as nothing:  # a stream may be no file, or absent
        os.dup2(nothing.fileno(), sys.stdout.fileno())
