"""The options of the login screen, and the screen that they describe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ...domain.errors import ConfigurationError
from .surroundings import PLAIN, is_tty, look_at

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..context import Context
    from .login_screen import LoginScreen


def add_screen(parser: ArgumentParser) -> None:
    """Declares the options of the login screen."""
    group = parser.add_argument_group("the screen")
    group.add_argument(
        "--ask", action="store_true", help="open the browser only when you press Enter; this needs a terminal"
    )
    drawn = group.add_mutually_exclusive_group()
    drawn.add_argument(
        "--qr", dest="qr", action="store_true", default=None, help="show a QR code with a device code, or say why not"
    )
    drawn.add_argument(
        "--no-qr", dest="qr", action="store_false", help="show none; by default it is shown where there is room"
    )
    group.add_argument("--copy", action="store_true", help="send the code to the clipboard of your terminal (OSC 52)")
    group.add_argument(
        "--plain",
        action="store_true",
        help=f"plain text that is only appended, for a screen reader; {PLAIN} asks for the same",
    )


def login_screen(options: Namespace, context: Context) -> LoginScreen:
    """Returns the screen of a login.

    Args:
        options: the options of the command.
        context: its streams.

    Raises:
        ConfigurationError: the user is to be asked, but there is no terminal to ask them at.
    """
    from ..failure import login_command
    from .login_screen import LoginScreen, Wishes

    if options.ask and not (is_tty(sys.stdin) and is_tty(context.err)):
        raise ConfigurationError("--ask waits for you to press Enter, so it needs a terminal")
    wishes = Wishes(options.qr, options.copy, options.ask, login_command(options))
    plain = options.plain or context.tracing  # the lines of a trace would tear a live line
    return LoginScreen(context.err, look_at(context.err, plain=plain), wishes, context.show_event)
