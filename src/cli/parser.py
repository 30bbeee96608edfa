"""Parses the arguments. An error is one line that names what was probably meant, and never the whole usage."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser, HelpFormatter, Namespace
from typing import TYPE_CHECKING, Never

from ..domain.errors import ConfigurationError
from .commands import COMMANDS, PROGRAM, load
from .options import VERBOSE_HELP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .commands import Command

EXIT_CODES_HELP = (
    "Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 log in again; 4 unreachable, try later; "
    "5 the store failed; 130 cancelled, or stopped by Ctrl-C."
)

OTHER_NAMES = {
    "auth": "login",
    "signin": "login",
    "sign-in": "login",
    "signout": "logout",
    "sign-out": "logout",
    "whoami": "status",
    "list": "profiles",
    "switch": "profiles",
    "devices": "sessions",
    "version": "--version",
}
"""What commands are called elsewhere, with the names that they have here."""

_VERBOSE = ("-v", "--verbose")

_ENOUGH = 0.7
"""The least likeness of a suggestion, from 0 to 1."""


class Parser(ArgumentParser):
    """An argument parser that raises its errors."""

    def parse(self, arguments: Sequence[str]) -> Namespace:
        """Parses all arguments.

        Raises:
            ConfigurationError: they are invalid.
            SystemExit: the help or the version was requested and has been printed.
        """
        options, rest = self.parse_known_args(arguments)
        if rest:
            what = "option" if rest[0].startswith("-") else "argument"
            raise unknown(what, rest[0], self._option_names())
        return options

    def error(self, message: str) -> Never:
        """Raises an error of the parser.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError(message)

    def explained(self) -> list[tuple[str, str]]:
        """Returns each argument as it is written, such as `--profile NAME`, with its help."""
        shown: list[tuple[str, str]] = []
        for action in self._actions:
            value = action.metavar or (f"{{{','.join(action.choices)}}}" if action.choices else action.dest.upper())
            words = [", ".join(action.option_strings), *([str(value)] if action.nargs != 0 else [])]
            shown.append((" ".join(filter(None, words)), (action.help or "") % {**vars(action), "prog": self.prog}))
        return shown

    def complete(self, completions: Mapping[str, object]) -> None:
        """Attaches to the options what completes their values: a tuple of values, or what shtab has for files."""
        for action in self._actions:
            for name in completions.keys() & {*action.option_strings}:
                vars(action)["choices" if isinstance(completions[name], tuple) else "complete"] = completions[name]

    def _option_names(self) -> list[str]:
        return [name for action in self._actions for name in action.option_strings if action.help != SUPPRESS]


def parse(arguments: Sequence[str]) -> tuple[Command, Namespace]:
    """Parses the arguments with the chosen command's parser only, since building all parsers would be slow.

    Args:
        arguments: at least one argument; the first one is a command or an option of the program.

    Raises:
        ConfigurationError: they are invalid.
        SystemExit: the help or the version was requested and has been printed.
    """
    name, *rest = arguments
    if name in _VERBOSE:
        others = [argument for argument in rest if argument not in _VERBOSE]
        if not others:
            raise ConfigurationError(f"there is no command after {name}")
        return parse([*others, name])
    if name not in COMMANDS:
        if name.startswith("-"):
            overview().parse_known_args(arguments[:1])  # ends the program if the option is one of its own
            raise ConfigurationError(f"{name!r} is no option of the program; a command's options follow its name")
        raise unknown("command", name, [*COMMANDS, *OTHER_NAMES])
    command, parser = command_parser(name)
    return command, parser.parse(rest)


def command_parser(name: str) -> tuple[Command, Parser]:
    """Returns a command and its parser."""
    purpose = COMMANDS[name]
    parser = Parser(
        f"{PROGRAM} {name}",
        usage="%(prog)s [options]",
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        epilog=EXIT_CODES_HELP,
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    command = load(name)
    command.arguments(parser)
    return command, parser


def whole_parser(completions: Mapping[str, object]) -> Parser:
    """Returns one parser of all commands, which takes a while to build; a completion script is made from it.

    Args:
        completions: for names of options, what completes their values.
    """
    parser = Parser(PROGRAM, allow_abbrev=False)
    parser.add_argument("-V", "--version", action="version", version="", help="show the version and exit")
    parser.add_argument(*_VERBOSE, action="store_true", help=VERBOSE_HELP)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose)
        load(name).arguments(command)
        command.complete(completions)
    return parser


def overview() -> Parser:
    """Returns the parser of the program's own options; its help lists the commands."""
    parser = Parser(
        PROGRAM,
        usage="%(prog)s COMMAND [options]",
        description="Sign in to PromptVM, and use the login in scripts.",
        epilog=(
            f"'{PROGRAM} help COMMAND' lists a command's options, '{PROGRAM} help environment' the environment "
            f"variables. {EXIT_CODES_HELP}"
        ),
        formatter_class=_formatter,
        allow_abbrev=False,
        add_help=False,
    )
    commands = parser.add_argument_group("commands")
    for name, purpose in COMMANDS.items():
        commands.add_argument(name, help=purpose, nargs="?")
    parser.add_argument("-h", "--help", action="help", help="show this help and exit")
    parser.add_argument("-V", "--version", action="version", version=_version(), help="show the version and exit")
    parser.add_argument(*_VERBOSE, action="store_true", help=VERBOSE_HELP)
    return parser


def unknown(what: str, word: str, known: Sequence[str]) -> ConfigurationError:
    """Returns the error for a name that is not known; it asks whether a similar one was meant.

    Args:
        what: what the name should be of, such as `command`.
        word: the name; the value of an option may follow a `=`.
        known: the known names.
    """
    from difflib import get_close_matches

    name = word.partition("=")[0]
    close = get_close_matches(name, known, n=1, cutoff=_ENOUGH)
    close += [each for each in known if each.startswith(name)] if len(name) > len("--") else []
    meant = f"; did you mean {OTHER_NAMES.get(close[0], close[0])}?" if close else ""
    return ConfigurationError(f"there is no {what} {word!r}{meant}")


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
        return f"{PROGRAM} {version('promptvm-oauth')}"
    except PackageNotFoundError:  # it runs from source
        return f"{PROGRAM} (not installed)"
