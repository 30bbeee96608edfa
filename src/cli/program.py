"""Runs the chosen command and turns its outcome into an exit code."""

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
from .termination import Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..client import OAuthClient
    from .commands import Command

EXIT_CODES_HELP = (
    "Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 log in again; 4 unreachable, try later; "
    "5 the store failed; 130 stopped by Ctrl-C."
)


def main(argv: Sequence[str] | None = None, *, make_client: Callable[..., OAuthClient] | None = None) -> int:
    """Runs the command.

    Args:
        argv: the arguments without the program's name; by default those of this process.
        make_client: builds the client from its keyword arguments; by default `OAuthClient`.

    Returns:
        The exit code; `--help` lists the exit codes.
    """
    context = Context(sys.stdout or io.StringIO(), sys.stderr or io.StringIO(), make_client)
    try:
        return _run(sys.argv[1:] if argv is None else argv, context)
    except KeyboardInterrupt:
        context.write_message("")
        return INTERRUPTED
    except Terminated as stop:
        stop.take_effect()
        return FAILED
    except BrokenPipeError:  # the reader of the output has closed it
        _discard_output()
        return FAILED
    except OSError as error:  # the output cannot be written; other failures raise a PromptVMAuthError
        _discard_output()
        context.write_message(f"{PROGRAM}: {error.strerror or type(error).__name__}")
        return FAILED


def _run(arguments: Sequence[str], context: Context) -> int:
    options = Namespace()
    try:
        command, options = _parse(arguments)
        return command.run(options, context)
    except SystemExit as stop:  # argparse has printed the help or a usage error
        return stop.code if isinstance(stop.code, int) else 0
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 (the user is never shown a traceback)
        from .failure import report

        return report(error, options, context)


def _parse(arguments: Sequence[str]) -> tuple[Command, Namespace]:
    """Parses the arguments with the chosen command's parser only, since building all parsers would be slow.

    Raises:
        SystemExit: the help was requested, or the arguments are invalid.
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
    """Returns the parser for arguments without a command; it prints the help or an error and exits."""
    parser = ArgumentParser(
        PROGRAM,
        description="Sign in to PromptVM, and use the login in scripts.",
        epilog=f"'{PROGRAM} COMMAND --help' lists a command's options. {EXIT_CODES_HELP}",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, purpose in COMMANDS.items():
        commands.add_parser(name, help=purpose)
    return parser


def _formatter(prog: str) -> HelpFormatter:
    """Returns a help formatter of the terminal's width, without the import of shutil that argparse would need."""
    try:
        width = os.get_terminal_size().columns
    except OSError:
        width = 0
    return HelpFormatter(prog, width=(width or 80) - 2)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("promptvm-oauth")
    except PackageNotFoundError:  # it runs from source
        return "(not installed)"


def _discard_output() -> None:
    """Redirects standard output to the null device, so that the interpreter's last flush does not fail again."""
    with suppress(Exception), open(os.devnull, "w") as null:  # a stream may be any object, or None
        os.dup2(null.fileno(), sys.stdout.fileno())
