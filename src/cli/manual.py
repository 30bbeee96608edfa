"""The manual page for man(1), made from the parsers and the tables of the help. `make manual` writes it to its file."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from .commands import COMMANDS, PROGRAM
from .parser import EXIT_CODES_HELP, command_parser, overview
from .variables import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

_DESCRIPTION = (
    f"{PROGRAM} signs a person in to PromptVM, in a browser on this machine or with a code on any device, keeps the "
    "tokens in the keychain of the system or in an encrypted file, and hands out a fresh access token whenever a "
    "script asks for one. Results go to standard output and messages to standard error."
)

_EXAMPLES = (
    ("Sign in:", f"{PROGRAM} login"),
    ("Send a request:", f'curl -H "Authorization: Bearer $({PROGRAM} token)" https://api.promptvm.ai/api/v1/me'),
    ("Find out why a login does not work:", f"{PROGRAM} doctor"),
    ("Complete commands and options in bash:", f'eval "$({PROGRAM} completion bash)"'),
)


def manual_page() -> str:
    """Returns the page in the language of man(7)."""
    purpose = (overview().description or "").rstrip(".")
    parts = [
        f'.TH {PROGRAM.upper()} 1 "" "promptvm-oauth" "User Commands"',
        f".SH NAME\n{_text(PROGRAM)} \\- {_text(purpose[0].lower() + purpose[1:])}",
        f".SH SYNOPSIS\n.B {_text(PROGRAM)}\n.I COMMAND\n[options]",
        f".SH DESCRIPTION\n{_text(_DESCRIPTION)}",
        ".SH OPTIONS\n" + _tagged(each for each in overview().explained() if each[0].startswith("-")),
        ".SH COMMANDS\n" + "\n".join(map(_command, COMMANDS)),
        ".SH EXIT STATUS\n" + _tagged(re.findall(r"(\d+) ([^;.]+)", EXIT_CODES_HELP)),
        ".SH ENVIRONMENT\n"
        + "\n".join(f".SS {_text(name)}\n{_tagged(table.items())}" for name, table in VARIABLES.items()),
        ".SH EXAMPLES\n"
        + "\n.PP\n".join(f"{_text(why)}\n.PP\n.nf\n.RS\n{_escaped(line)}\n.RE\n.fi" for why, line in _EXAMPLES),
    ]
    return "\n".join(parts) + "\n"


def _command(name: str) -> str:
    parser = command_parser(name)[1]
    explained = [each for each in parser.explained() if not each[0].startswith("-h")]
    return f".SS {_text(name)}\n{_text(parser.description or '')}\n{_tagged(explained)}"


def _tagged(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f".TP\n.B {_text(tag)}\n{_text(meaning)}" for tag, meaning in rows)


def _text(text: str) -> str:
    """Returns text in lines of up to 80 characters."""
    return "\n".join(map(_escaped, textwrap.wrap(text, 80, break_long_words=False, break_on_hyphens=False)))


def _escaped(line: str) -> str:
    """Returns a line in which nothing is taken for a request or an escape."""
    escaped = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
