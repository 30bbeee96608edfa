"""Any `SecretStore`, made awaitable for the use cases."""

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from ...ports.errors import PromptVMAuthError, StoreCorrupt, StoreFailed
from ...ports.secrets import Placement, SecretStore, StoredFields
from ..system.runner import Runner

P = ParamSpec("P")
T = TypeVar("T")


class AwaitedStore:
    """An `AwaitedSecretStore` made from a `SecretStore`.

    An error that is not one of the port's own becomes `StoreFailed`.

    Args:
        store: the store.
        run: how its methods are called.
        reason: why this store was chosen, as `Placement.reason` shows it.
    """

    def __init__(self, store: SecretStore, run: Runner, reason: str) -> None:
        self._store = store
        self._run = run
        self._reason = reason
        self.name: str = getattr(store, "name", type(store).__name__)

    async def load(self, profile: str) -> StoredFields | None:
        """Returns all fields of a profile, or None.

        Raises:
            StoreCorrupt: the store returned something else than a mapping of text.
        """
        fields = await self._guarded(self._store.load, profile)
        if fields is None:
            return None
        checked = StoredFields.checked(fields)
        if checked is None:
            raise StoreCorrupt(f"what is stored for {profile!r} is not a mapping of text", store=self.name)
        return checked

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Saves the tokens of a login and returns where they are."""
        await self._guarded(self._store.save, profile, fields)
        return Placement(self.name, self._reason)

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Checks that a save would succeed; a store without `rehearse` is assumed to be able to save."""
        rehearse: Callable[[str, Mapping[str, str]], None] | None = getattr(self._store, "rehearse", None)
        if rehearse is not None:
            await self._guarded(rehearse, profile, fields)

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile where they were loaded from."""
        await self._guarded(self._store.save, profile, fields)

    async def delete(self, profile: str) -> None:
        """Removes the fields of a profile."""
        await self._guarded(self._store.delete, profile)

    async def location(self, profile: str) -> Placement:  # noqa: ARG002 (one store holds all profiles)
        """Returns the store's name and why it was chosen."""
        return Placement(self.name, self._reason)

    async def probe(self) -> None:
        """Checks without writing that the store can be used; a store without `probe` is assumed to be usable."""
        probe: Callable[[], None] | None = getattr(self._store, "probe", None)
        if probe is not None:
            await self._guarded(probe)

    async def _guarded(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._run(function, *args, **kwargs)
        except PromptVMAuthError:
            raise
        except Exception as error:
            raise StoreFailed(f"the store raised {type(error).__name__}", store=self.name) from error
