"""Loads stored tokens for a caller who may be asked to unlock their store."""

from ...ports.secrets import AwaitedSecretStore, StoredFields
from ..errors import StoreLocked


async def load_fields(secrets: AwaitedSecretStore, name: str) -> StoredFields | None:
    """Returns the fields of a profile, or None; if the store is locked, the user is asked to unlock it.

    Not for callers that hold the profile's lock.

    Args:
        secrets: the store.
        name: the profile's name.

    Raises:
        StoreError: the store could not be read, or was not unlocked.
    """
    try:
        return await secrets.load(name)
    except StoreLocked:
        if not await secrets.unlock(name):
            raise
        return await secrets.load(name)
