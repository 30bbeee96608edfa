"""A login that no user can answer: in a CI job, which would wait for minutes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ..domain.errors import ConfigurationError
from ..ports.environment import Environment

if TYPE_CHECKING:
    from argparse import Namespace

    from .context import Context

CI, HEADLESS = "CI", "PROMPTVM_HEADLESS"


def refuse_in_ci(options: Namespace, context: Context) -> None:
    """Refuses a login without a named flow where CI is set and no user sees standard error.

    Raises:
        ConfigurationError: this is such a login; the text names the variables that serve a script.
    """
    here = Environment(sys.platform, os.environ)
    asked = options.flow != "auto" or options.json or options.with_key or here.on(HEADLESS)
    if asked or not here.on(CI) or _is_terminal(context):
        return
    raise ConfigurationError(
        f"{CI} is set and standard error is no terminal, so no user can answer a login. A script uses an API key: set "
        "PROMPTVM_PUBLIC_KEY and PROMPTVM_SECRET_KEY, or PROMPTVM_API_KEY. With --device, or with "
        f"{HEADLESS}, a code is shown all the same"
    )


def _is_terminal(context: Context) -> bool:
    try:
        return context.err.isatty()
    except (AttributeError, ValueError):  # another object in its place, or a closed one
        return False
