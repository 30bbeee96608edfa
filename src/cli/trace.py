"""The trace of `-v` and PROMPTVM_DEBUG: what was done, on standard error, in lines that hold no secret.

Each line begins with `trace`, so that the lines can be told from the messages for the user and pasted into a report.
They are the entries of this package's log, and some about the program and the machine.
"""

from __future__ import annotations

import logging
import os
import platform
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ..ports.environment import Environment
from ..ports.text import clean
from .commands import PROGRAM

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Generator, Iterator

    from .context import Context

VARIABLE = "PROMPTVM_DEBUG"

_PACKAGES = ("promptvm-oauth", "httpx", "keyring", "cryptography", "structlog")
_LOGGER = "promptvm_oauth"


def is_wanted() -> bool:
    """Returns whether the environment variable asks for a trace."""
    return bool(Environment(sys.platform, os.environ).on(VARIABLE))


@contextmanager
def traced(name: str, options: Namespace, context: Context) -> Generator[Context]:
    """Writes a trace to the context's stream for messages.

    Args:
        name: the name of the command.
        options: its options, of which only the names of those in use are shown.
        context: the context of the command.

    Yields:
        The context to run the command in.
    """
    log = logging.getLogger(_LOGGER)
    handler = _Lines(context.write_message)
    level, propagate = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    began = time.monotonic()
    for line in _about(name, options):
        handler.write(line)
    try:
        yield context._replace(tracing=True)
    except BaseException as error:
        for line in _places(error):
            handler.write(line)
        raise
    finally:
        handler.write(f"ended after {time.monotonic() - began:.3f} s")
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagate


class _Lines(logging.Handler):
    """Writes each entry of the log as one line."""

    def __init__(self, write_message: Callable[[str], None]) -> None:
        super().__init__()
        self._write_message = write_message

    def emit(self, record: logging.LogRecord) -> None:
        """Writes an entry; nothing else fails if it cannot be written."""
        with suppress(Exception):
            self.write(f"{record.levelname.lower()} {record.getMessage()}")

    def write(self, text: str) -> None:
        """Writes one line with the time of day in UTC."""
        now = time.time()
        self._write_message(f"trace {time.strftime('%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03} {text}")


def _about(name: str, options: Namespace) -> Iterator[str]:
    """Returns lines about the program, the machine, and what was asked for; of options and variables only the names."""
    from .variables import VARIABLES

    given = sorted(option for option, value in vars(options).items() if value and value != "auto")
    everyone_has = {"HOME", "PATH", "SYSTEMROOT"}
    known = (variable for table in VARIABLES.values() for variable in table if variable not in everyone_has)
    variables = [variable for variable in known if os.environ.get(variable) or os.environ.get(variable.lower())]
    yield f"{PROGRAM} {name}, options: {', '.join(given) or 'none'}"
    yield ", ".join(f"{package} {_version(package)}" for package in _PACKAGES)
    yield f"Python {platform.python_version()}, {platform.system()} {platform.release()} {platform.machine()}"
    yield f"variables that are set: {', '.join(variables) or 'none'}"


def _places(error: BaseException) -> Iterator[str]:
    """Returns the types of an error and its causes and where they were raised, without their texts and locals."""
    each: BaseException | None = error
    while each is not None:
        number = f", errno {each.errno}" if isinstance(each, OSError) and each.errno else ""
        yield f"{'raised' if each is error else 'because of'} {type(each).__name__}{number}"
        trace = each.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            yield f"  {_short(code.co_filename)}:{trace.tb_lineno} {code.co_name}"
            trace = trace.tb_next
        each = each.__cause__ or each.__context__


def _short(path: str) -> str:
    """Returns the last two parts of a path: the ones before them may name the user."""
    return clean("/".join(path.replace(os.sep, "/").split("/")[-2:]))


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
