"""The store of a command: the one that is named, else the one that was named at the login of the profile."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ..composition.standalone import store_names
from ..domain.errors import ConfigurationError, ProfileError

if TYPE_CHECKING:
    from argparse import Namespace

STORE = "PROMPTVM_STORE"
"""The environment variable that names the store; `--store` comes before it."""

AUTO, MEMORY = "auto", "memory"
COVERED = frozenset({AUTO, "file", "keyring"})
"""The stores whose logins `auto` finds as well."""


def store_of(options: Namespace, profile: str | None) -> str:
    """Returns the name of the store for a profile.

    Args:
        options: the options of the command.
        profile: the name of the profile; None means the active one.

    Raises:
        ConfigurationError: the named one keeps nothing for the next command.
        ProfileError: the active profile could not be read.
    """
    return named_store(options) or store_names(options.config_dir).of(profile) or AUTO


def is_in(options: Namespace, profile: str, store: str) -> bool:
    """Returns whether a profile is in a store, of the several that have logins; `auto` has what no other one has."""
    noted = store_names(options.config_dir).of(profile) or AUTO
    return noted == store or (store == AUTO and noted in COVERED)


def note_store(options: Namespace, profile: str, store: str, *, activates: bool) -> None:
    """Notes where a profile has its tokens, so that later commands need not name the store.

    Args:
        options: the options of the command.
        profile: the name of the profile.
        store: the name of the store; `auto` is what commands use without a note.
        activates: whether the profile is the active one now.
    """
    with suppress(OSError, ProfileError):  # the command is done; the next one can name the store
        store_names(options.config_dir).note(profile, "" if store == AUTO else store, activates=activates)


def named_store(options: Namespace) -> str:
    """Returns the store that the user names; empty if none is named.

    Raises:
        ConfigurationError: it keeps nothing for the next command.
    """
    for source, name in (("--store", options.store), (STORE, os.environ.get(STORE, ""))):
        if name == MEMORY:
            raise ConfigurationError(
                f"{source} is {MEMORY!r}, which forgets everything when this command ends: name another store"
            )
        if name:
            return str(name)
    return ""
