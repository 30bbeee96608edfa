"""Where a login runs, without starting a program or asking the user: what decides its flow, and its name."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from ...ports.environment import Environment
from ...ports.text import clean
from .terminal import is_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
_KERNEL = "/proc/sys/kernel/osrelease"
_MAX_NAME = 100
_NOTEBOOKS = ("ipykernel", "google.colab", "marimo")


def look_around(environ: Mapping[str, str], ports: Sequence[int] = (), remembered: str = "") -> Environment:
    """Returns a snapshot of the environment in which the program runs.

    Args:
        environ: the environment variables.
        ports: the callback ports that the caller fixed.
        remembered: the preferred login flow of the profile; empty if there is none.
    """
    return Environment(
        platform=sys.platform,
        environ=dict(environ),
        terminal=is_terminal(sys.stdin) and is_terminal(sys.stderr),
        container=bool(environ.get("container")) or any(map(os.path.exists, _CONTAINER_MARKS)),
        wsl=bool(environ.get("WSL_DISTRO_NAME") or environ.get("WSL_INTEROP")) or "microsoft" in _kernel(),
        notebook=any(name in sys.modules for name in _NOTEBOOKS),
        ports=tuple(ports),
        remembered=remembered,
    )


def default_device_name(environ: Mapping[str, str]) -> str:
    """Returns the label in the user's list of authorised devices: `PROMPTVM_DEVICE_NAME`, or the program and the host.

    Args:
        environ: the environment variables.
    """
    return clean(environ.get("PROMPTVM_DEVICE_NAME"), _MAX_NAME) or clean(
        f"promptvm-cli @ {platform.node()}", _MAX_NAME
    )


def user_name() -> str:
    """Returns the name of this process's user, as the user database has it; empty if it has none."""
    with suppress(ImportError, KeyError, AttributeError):
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    return ""


def _kernel() -> str:
    with suppress(OSError), open(_KERNEL, encoding="utf-8", errors="replace") as file:
        return file.read(200).lower()
    return ""
