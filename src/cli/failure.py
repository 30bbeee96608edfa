"""Telling the person that a command failed: one calm line, and a second one where there is something to do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..domain.errors import PromptVMAuthError
from ..ports.text import clean
from .commands import PROGRAM
from .exit_codes import FAILED, LATER, LOGIN, exit_code
from .show import prose

if TYPE_CHECKING:
    from argparse import Namespace

    from .context import Context

MAX_MESSAGE = 600
"""Characters of an error's text that are shown."""


def report(error: Exception, options: Namespace, context: Context) -> int:
    """Tell a failure on standard error, with `--json` on standard output as well, and give the exit code."""
    code = explain(error, options, context)
    if getattr(options, "json", False):
        context.give_json(
            {
                "error": {
                    "type": type(error).__name__,
                    "message": _message(error),
                    "exit_code": code,
                    "retryable": getattr(error, "retryable", False),
                    "needs_login": getattr(error, "needs_login", False),
                }
            }
        )
    return code


def explain(error: Exception, options: Namespace, context: Context) -> int:
    """Tell a failure on standard error and give the exit code."""
    context.say(prose(f"{PROGRAM}: {_message(error)}", context.err))
    code = exit_code(error) if isinstance(error, PromptVMAuthError) else FAILED
    if code == LOGIN:
        context.say(f"Sign in with: {_login_command(options)}")
    elif code == LATER:
        context.say(prose("Nothing that is stored was lost; try again later.", context.err))
    return code


def _message(error: Exception) -> str:
    """Give an error's text; that of an unexpected one could hold anything, so only its kind and place are told."""
    if isinstance(error, PromptVMAuthError):
        return clean(str(error), MAX_MESSAGE)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {os.path.basename(trace.tb_frame.f_code.co_filename)}, line {trace.tb_lineno}" if trace else ""
    return f"unexpected {type(error).__name__}{place}; this is a defect, please report it"


def _login_command(options: Namespace) -> str:
    """Give the login that mends it, for the same profile, server and directory."""
    from shlex import join

    words = [PROGRAM, "login"]
    for name in ("profile", "base_url", "app_url", "config_dir"):
        if value := getattr(options, name, None):
            words += [f"--{name.replace('_', '-')}", clean(value)]
    return join(words)
