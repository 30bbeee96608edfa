"""`promptvm-auth help`: shows the help of a command, the environment variables, or the schema of `--json-lines`."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ..ports.streams import columns
from .commands import COMMANDS, PROGRAM
from .exit_codes import DONE

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context

ENVIRONMENT = "environment"
MANUAL = "manual"
EVENTS = "events"

_WIDTH = 80
"""The width of a text that is not written to a terminal, in columns."""

_ABOUT_SWITCHES = (
    "A variable that only says where the program runs counts as not set if it is empty, 0, false, no or off. "
    f"'{PROGRAM} doctor' shows which are set here and what follows from them."
)


def arguments(parser: ArgumentParser) -> None:
    """Declares the topic."""
    parser.usage = "%(prog)s [TOPIC]"
    parser.add_argument(
        "topic", metavar="TOPIC", nargs="?", help=f"a command, '{ENVIRONMENT}', '{EVENTS}', or '{MANUAL}' for man(1)"
    )


def run(options: Namespace, context: Context) -> int:
    """Shows the help on standard output."""
    from .parser import command_parser, overview, unknown

    topic: str | None = options.topic
    if topic is None:
        text = overview().format_help()
    elif topic == ENVIRONMENT:
        text = _environment(columns(context.out) or _WIDTH)
    elif topic == MANUAL:
        from .manual import manual_page

        text = manual_page()
    elif topic == EVENTS:
        from importlib.resources import files

        package = __name__.partition(".")[0]
        text = files(package).joinpath("events.schema.json").read_text(encoding="utf-8")
    elif topic in COMMANDS:
        text = command_parser(topic)[1].format_help()
    else:
        raise unknown("topic", topic, [*COMMANDS, ENVIRONMENT, MANUAL, EVENTS])
    context.write_result(text.rstrip())
    return DONE


def _environment(width: int) -> str:
    from .variables import VARIABLES

    parts = [_wrapped(_ABOUT_SWITCHES, width)]
    for heading, variables in VARIABLES.items():
        parts.append(f"{heading}:")
        for name, meaning in variables.items():
            parts[-1] += f"\n  {name}\n{_wrapped(meaning, width, ' ' * 6)}"
    return "\n\n".join(parts)


def _wrapped(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
