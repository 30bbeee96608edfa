"""Any `ProfileStore`, made awaitable for the use cases."""

from collections.abc import Mapping, Sequence

from ...ports.profiles import ProfileStore
from ...ports.secrets import StoredFields
from ..system.runner import Runner


class AwaitedProfiles:
    """An `AwaitedProfileStore` made from a `ProfileStore`.

    Args:
        store: the store.
        run: how its methods are called.
    """

    def __init__(self, store: ProfileStore, run: Runner) -> None:
        self._store = store
        self._run = run

    async def active(self) -> str:
        """Returns the name of the active profile."""
        return await self._run(self._store.active)

    async def activate(self, name: str) -> None:
        """Makes a profile the active one."""
        await self._run(self._store.activate, name)

    async def load(self, name: str) -> StoredFields | None:
        """Returns the fields of a profile, or None."""
        fields = await self._run(self._store.load, name)
        return None if fields is None else StoredFields(fields)

    async def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replaces the fields of a profile."""
        await self._run(self._store.save, name, fields)

    async def delete(self, name: str) -> None:
        """Removes a profile."""
        await self._run(self._store.delete, name)

    async def names(self) -> Sequence[str]:
        """Returns the names of all profiles."""
        return await self._run(self._store.names)
