"""The stores of commands that are for all profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..composition.standalone import store_names
from ..domain.errors import UnknownStore
from ..ports.text import clean
from .show import prose
from .stores import AUTO, COVERED, named_store

if TYPE_CHECKING:
    from argparse import Namespace

    from .context import Context


class Stores(NamedTuple):
    """The stores of all profiles.

    Attributes:
        usable: their names, `auto` first; the named one alone if one is named.
        missing: how many could not be opened; the user was told why.
    """

    usable: tuple[str, ...]
    missing: int


def stores_of_all(options: Namespace, context: Context) -> Stores:
    """Returns the stores of all profiles.

    Raises:
        ConfigurationError: the named one keeps nothing for the next command.
    """
    if named := named_store(options):
        return Stores((named,), 0)
    usable, others = [AUTO], [name for name in store_names(options.config_dir).all() if name not in COVERED]
    for name in others:
        try:
            context.client(options, store=name).close()
            usable.append(name)
        except UnknownStore as error:
            text = f"The profiles of the store {clean(name)} are left out, since it cannot be opened: {error}"
            context.write_message(prose(text, context.err))
    return Stores(tuple(usable), len(others) + 1 - len(usable))
