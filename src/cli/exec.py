"""`promptvm-auth exec`: runs a command with a fresh access token in one environment variable of its own."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

from ..domain.errors import ConfigurationError, LockUnavailable, ProfileError, PromptVMAuthError
from ..ports.text import clean
from ..ports.timeouts import EXEC_LEAST
from .commands import PROGRAM
from .exit_codes import FAILED, LATER, STORE
from .failure import explain
from .options import add_client, add_profile

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping, Sequence

    from .context import Context

NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""The exit codes of shells for a command that cannot be run, and for one that does not exist."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_REFUSED = re.compile(r"PATH|HOME|(?:PROMPTVM_|LD_|DYLD_|PYTHON).*")
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFZ", "SIGXFSZ")


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    parser.usage = "%(prog)s --env NAME [options] -- CMD [ARGUMENT ...]"
    parser.description = (
        "Run a command with a fresh access token in its environment. The token is renewed first if it is valid "
        f"for less than {EXEC_LEAST / 60:g} minutes. It is not renewed while the command runs, and other programs of "
        "this user can read it there."
    )
    parser.epilog = (
        "Exit codes: that of the command. Before it has started: 2 wrong usage or configuration; 3 log in again; "
        f"4 the server failed, try later; 5 the store failed; {NOT_EXECUTABLE} CMD cannot be run; {NOT_FOUND} it does "
        "not exist."
    )
    parser.add_argument(
        "--env", metavar="NAME", required=True, type=_variable, help="the variable that has the token, for CMD alone"
    )
    parser.add_argument("--env-base-url", metavar="NAME", type=_variable, help="a variable for the URL of the API")
    add_profile(parser)
    add_client(parser)
    parser.add_argument("command", metavar="CMD", nargs="+", help="the command and its arguments, after --")


def run(options: Namespace, context: Context) -> int:
    """Replaces this process by the command; on Windows runs it and returns its exit code."""
    if options.env == options.env_base_url:
        raise ConfigurationError("--env and --env-base-url name the same variable")
    try:
        with context.client(options) as client:
            details = client.token_details(options.profile, least=EXEC_LEAST)
    except PromptVMAuthError as error:
        return _own_code(explain(error, options, context), error)
    environ = {**os.environ, options.env: details.access_token.reveal()}
    if options.env_base_url:
        environ[options.env_base_url] = details.base_url
    return become(options.command, environ, context)


def become(command: Sequence[str], environ: Mapping[str, str], context: Context) -> int:
    """Starts a command in this process; returns only if it did not start, or on Windows when it has ended.

    Args:
        command: its name and its arguments.
        environ: its environment.
        context: the streams for a message.
    """
    problem = "there is no such command"
    try:
        return _replace(command, environ)
    except FileNotFoundError:
        code = NOT_FOUND
    except (OSError, ValueError) as error:  # ValueError: an argument contains a NUL
        code, problem = NOT_EXECUTABLE, getattr(error, "strerror", None) or "an argument is not valid"
    context.write_message(f"{PROGRAM}: {clean(command[0])}: {problem}")
    return code


if sys.platform == "win32":

    def _replace(command: Sequence[str], environ: Mapping[str, str]) -> int:
        import subprocess

        return subprocess.run(command, env=environ, check=False).returncode  # noqa: S603 (the user's own command)

else:

    def _replace(command: Sequence[str], environ: Mapping[str, str]) -> int:
        for name in _IGNORED_BY_PYTHON:
            if number := getattr(signal, name, None):
                signal.signal(number, signal.SIG_DFL)
        os.execvpe(command[0], [*command], environ)  # noqa: S606 (the user's own command, without a shell)


def _own_code(code: int, error: PromptVMAuthError) -> int:
    """Returns an exit code from 2 to 5, since 1 would look like that of the command."""
    if code != FAILED:
        return code
    return STORE if isinstance(error, ProfileError | LockUnavailable) else LATER


def _variable(name: str) -> str:
    """Returns the name of a variable that may be set for a command.

    Raises:
        ArgumentTypeError: it is not a name, or it changes how programs are found, loaded or signed in.
    """
    from argparse import ArgumentTypeError

    if _NAME.fullmatch(name) is None:
        raise ArgumentTypeError(f"a variable's name has letters, digits and underscores, unlike {clean(name)!r}")
    if _REFUSED.fullmatch(name.upper()):
        raise ArgumentTypeError(f"{name} changes how programs are found, loaded or signed in: choose another name")
    return name
