"""The table of commands. Each command is a module of this package with the functions `arguments` and `run`."""

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
    "wipe": "sign out everywhere and remove everything that was kept on this machine",
    "status": "show who is signed in and for how long",
    "token": "print a fresh access token",
    "exec": "run a command with a fresh access token in its environment",
    "refresh": "renew the access token now",
    "profiles": "list the profiles, switch between them, remove one",
    "sessions": "list the signed-in devices of this account, end one",
    "doctor": "show how a login would run here, and what would prevent it",
    "completion": "print the completion script of a shell",
    "help": "show the help of a command, or the environment variables",
    "demo": "watch every part work, against a server on this machine",
    "dev-server": "run a PromptVM server on this machine to develop against",
}
"""Name and purpose, in the order of the help; the module's name has underscores instead of hyphens."""


class Command(Protocol):
    """A command's module."""

    @property
    def __name__(self) -> str:
        """The module's name."""
        ...

    def arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        ...

    def run(self, options: Namespace, context: Context) -> int:
        """Runs the command and returns its exit code.

        Raises:
            PromptVMAuthError: it failed; the program shows the message and exits with the error's exit code.
        """
        ...


def load(name: str) -> Command:
    """Imports the module of a command."""
    return cast("Command", import_module(f".{name.replace('-', '_')}", __package__))
