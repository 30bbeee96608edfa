"""Starting an opener as a separate process: without a shell, a terminal or standard streams."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from threading import Thread

from ...ports.timeouts import BROWSER_START_GRACE
from .openers import Status, absolute_path


def start(command: Sequence[str], environ: Mapping[str, str]) -> Status:
    """Starts a command and waits up to `BROWSER_START_GRACE` seconds for it to end.

    The program is searched in the absolute entries of `PATH` only, never in the working directory. The command gets the
    same `PATH`, and no `BROWSER`, which openers use as well.

    Args:
        command: the program and its arguments.
        environ: the environment variables.

    Returns:
        A function that returns the exit status, or None while the command runs.

    Raises:
        OSError: the program is not installed or cannot be started.
    """
    path = absolute_path(environ)
    program = _find(command[0], path)
    process = subprocess.Popen(  # noqa: S603 - an absolute program, a list of arguments, a validated URL
        [program, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**{name: value for name, value in environ.items() if name != "BROWSER"}, "PATH": path},
    )
    try:
        process.wait(BROWSER_START_GRACE)
    except subprocess.TimeoutExpired:
        # Without this thread the process would stay a zombie while this program runs.
        Thread(target=process.wait, name="promptvm-oauth browser", daemon=True).start()
    return lambda: process.returncode


def _find(program: str, path: str) -> str:
    windows = sys.platform == "win32"
    if windows and not program.lower().endswith(".exe"):
        program += ".exe"  # a shell would run a batch file
    if os.path.isabs(program):
        candidates = [program]
    elif os.path.basename(program) == program:
        candidates = [os.path.join(directory, program) for directory in path.split(os.pathsep) if directory]
    else:
        candidates = []
    for candidate in candidates:
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    raise FileNotFoundError(f"{program!r} is not an installed program")
