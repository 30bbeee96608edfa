"""Secret stores that other packages register under an entry-point group."""

from importlib.metadata import entry_points

from ...ports.secrets import SecretStore

ENTRY_POINTS = "promptvm_oauth.secret_stores"
"""The group; each entry has a name and a callable without arguments that makes the store."""


def registered_store(name: str) -> SecretStore:
    """Makes the store that a package registered under a name.

    Raises:
        LookupError: no package or more than one registered the name, or the store could not be made.
    """
    found = tuple(entry_points(group=ENTRY_POINTS, name=name))
    if len(found) != 1:
        how_many = "more than one secret store" if found else "no secret store"
        raise LookupError(f"{how_many} is registered as {name!r} under {ENTRY_POINTS}")
    try:
        store: SecretStore = found[0].load()()
    except (Exception, SystemExit) as error:
        raise LookupError(f"the secret store {name!r} could not be made: {type(error).__name__}") from error
    return store
