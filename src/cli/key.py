"""`promptvm-auth login --with-key`: stores an API key from standard input in a profile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..composition.standalone import store_names
from ..domain.errors import ConfigurationError
from ..ports.text import clean
from .commands import PROGRAM
from .exit_codes import DONE
from .show import prose, rows
from .stores import note_store, store_of

if TYPE_CHECKING:
    from argparse import Namespace

    from .context import Context

MAX_INPUT = 65536
"""The largest input that is read for an API key, in characters."""


def store_key(options: Namespace, context: Context) -> int:
    """Stores an API key, and says where it lies.

    Raises:
        PromptVMAuthError: the errors of `save_api_key`; a terminal is refused, since what is typed there is shown.
    """
    key, store = _read_key(), store_of(options, options.profile)
    with context.client(options, store=store) as client:
        name = client.save_api_key(options.profile, key, check=not options.no_check)
    note_store(options, name, store, activates=True)
    file = clean(store_names(options.config_dir).file_of(name))
    if options.json:
        context.write_json({"profile": name, "auth_type": "api_key", "file": file or None})
        return DONE
    checked = "not checked" if options.no_check else "the server accepts it"
    context.write_message(rows([("profile", name), ("stored", f"an API key; {checked}"), ("file", file)], context.err))
    told = "The file has the key in plain text; only your user can read it (mode 0600)."
    context.write_message(prose(told, context.err))
    return DONE


def _read_key() -> str:
    """Returns what is on standard input, without the white space around it; empty if it cannot be read.

    Raises:
        ConfigurationError: it is a terminal.
    """
    try:
        if sys.stdin.isatty():
            raise ConfigurationError(
                "an API key is read from a file or a pipe, since a terminal may show it: "
                f"{PROGRAM} login --with-key < FILE"
            )
        return sys.stdin.read(MAX_INPUT).strip()
    except (AttributeError, OSError, ValueError):  # no stream, a closed one, or another object in its place
        return ""
