"""Runs the chosen command and turns its outcome into an exit code."""

from __future__ import annotations

import io
import os
import sys
from argparse import Namespace
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ..domain.errors import ConfigurationError
from .commands import PROGRAM
from .context import Context
from .exit_codes import FAILED, INTERRUPTED, USAGE
from .parser import overview, parse
from .termination import Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..client import OAuthClient
    from .commands import Command


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
    if not arguments:
        context.write_message(overview().format_help().rstrip())
        return USAGE
    try:
        command, options = parse(arguments)
    except SystemExit as stop:  # argparse has printed the help or the version
        return stop.code if isinstance(stop.code, int) else 0
    except ConfigurationError as error:
        return _report_usage(error, arguments, context)
    except Exception as error:  # noqa: BLE001 (the user is never shown a traceback)
        from .failure import report

        return report(error, Namespace(), context)
    return _written(options, context, partial(_run_command, command, options))


def _written(options: Namespace, context: Context, run: Callable[[Context], int]) -> int:
    """Runs something whose output has the form that the options ask for, and returns its exit code."""
    if not getattr(options, "json_lines", False):
        return run(context)
    from .json_lines.run import run_in_lines

    return run_in_lines(options, context, run)


def _run_command(command: Command, options: Namespace, context: Context) -> int:
    """Runs a command; what it raises on purpose is shown to the user, and so is a defect."""
    try:
        if getattr(options, "verbose", False) or os.environ.get("PROMPTVM_DEBUG"):
            return _run_traced(command, options, context)
        return command.run(options, context)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 (the user is never shown a traceback)
        from .failure import report

        return report(error, options, context)


def _run_traced(command: Command, options: Namespace, context: Context) -> int:
    """Runs a command with a trace, unless the variable says that none is wanted."""
    from .trace import is_wanted, traced

    if not (getattr(options, "verbose", False) or is_wanted()):
        return command.run(options, context)
    with traced(command.__name__.rpartition(".")[2], options, context) as tracing:
        return command.run(options, tracing)


def _report_usage(error: ConfigurationError, arguments: Sequence[str], context: Context) -> int:
    """Shows what is wrong with the arguments, and where the right ones are listed."""
    from .commands import COMMANDS
    from .failure import report

    options = Namespace(json="--json" in arguments, json_lines="--json-lines" in arguments)
    code = _written(options, context, partial(report, error, options))
    known = f"{arguments[0]} --help" if arguments[0] in COMMANDS else "--help"
    context.write_message(f"The usage is shown by: {PROGRAM} {known}")
    return code


def _discard_output() -> None:
    """Redirects standard output to the null device, so that the interpreter's last flush does not fail again."""
    with suppress(Exception), open(os.devnull, "w") as null:  # a stream may be any object, or None
        os.dup2(null.fileno(), sys.stdout.fileno())
