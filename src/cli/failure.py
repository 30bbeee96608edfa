"""Shows the user why a command failed, in one line, and what to do in a second one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..domain.errors import PromptVMAuthError
from ..domain.use_cases.next_step import step_after
from ..ports.text import clean
from .commands import PROGRAM
from .exit_codes import FAILED, LATER, LOGIN, exit_code
from .show import prose

if TYPE_CHECKING:
    from argparse import Namespace

    from .context import Context

MAX_MESSAGE = 600
"""The greatest length of a shown error message, in characters."""


def report(error: Exception, options: Namespace, context: Context) -> int:
    """Shows an error on standard error, with `--json` on standard output too, and returns the exit code."""
    code = explain(error, options, context)
    if getattr(options, "json", False):
        context.write_json(
            {
                "error": {
                    "type": type(error).__name__,
                    "message": _message(error),
                    "exit_code": code,
                    "retryable": getattr(error, "retryable", False),
                    "needs_login": getattr(error, "needs_login", False),
                    "next_step": step_after(error),
                }
            }
        )
    return code


def explain(error: Exception, options: Namespace, context: Context) -> int:
    """Shows an error on standard error and returns the exit code."""
    context.write_message(prose(f"{PROGRAM}: {_message(error)}", context.err))
    code = exit_code(error) if isinstance(error, PromptVMAuthError) else FAILED
    if code == LOGIN:
        context.write_message(f"Sign in with: {login_command(options)}")
    elif code == LATER:
        context.write_message(prose("The stored tokens were not changed; try again later.", context.err))
    return code


def _message(error: Exception) -> str:
    """Returns the message of an error; of an unexpected one only type and place, since its text may hold secrets."""
    if isinstance(error, PromptVMAuthError):
        return clean(str(error), MAX_MESSAGE)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {os.path.basename(trace.tb_frame.f_code.co_filename)}, line {trace.tb_lineno}" if trace else ""
    return f"unexpected {type(error).__name__}{place}; this is a defect, please report it"


def login_command(options: Namespace) -> str:
    """Returns the login command for the same profile, server, directory and store."""
    from shlex import join

    words = [PROGRAM, "login"]
    for name in ("profile", "base_url", "app_url", "config_dir"):
        if value := getattr(options, name, None):
            words += [f"--{name.replace('_', '-')}", clean(value)]
    if (store := getattr(options, "store", None)) not in {None, "auto"}:
        words += ["--store", clean(store)]
    return join(words)
