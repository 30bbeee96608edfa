"""The table of commands. A command is one module here: `arguments` declares its options, `run` carries it out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context

PROGRAM = "promptvm-auth"

COMMANDS = {
    "login": "sign in, in the browser or with a code on another device",
    "logout": "sign out: end the session at the server and remove the tokens here",
    "status": "show who is signed in and for how long",
    "token": "print a fresh access token",
    "refresh": "renew the access token now",
    "profiles": "list the profiles, switch between them, remove one",
    "sessions": "list the signed-in devices of this account, end one",
    "doctor": "say how a login would go here, and what stands in its way",
    "demo": "watch every part work, against a server on this machine",
    "dev-server": "run a PromptVM server on this machine to develop against",
}
"""Name and purpose, in the order of the help; the module's name has underscores for hyphens."""


class Command(Protocol):
    """What a command's module offers."""

    def arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        ...

    def run(self, options: Namespace, context: Context) -> int:
        """Carry the command out and give its exit code.

        Raises:
            PromptVMAuthError: it failed; the program tells the person and gives the error's exit code.
        """
        ...


def load(name: str) -> Command:
    """Import the module of a command."""
    return cast("Command", import_module(f".{name.replace('-', '_')}", __package__))
