"""Plain stores, lifted so that flows can await them: in place when blocking, in a worker thread under asyncio."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ParamSpec, Protocol, TypeVar

from ...ports.errors import PromptVMAuthError, StoreCorrupt, StoreFailed
from ...ports.profiles import ProfileStore
from ...ports.secrets import Placement, SecretStore, StoredFields

P = ParamSpec("P")
T = TypeVar("T")


class Call(Protocol):
    """Runs a plain function so that it can be awaited."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Run it and give what it returns."""
        ...


async def in_place(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function here and now."""
    return function(*args, **kwargs)


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function in a worker thread, so that the event loop goes on; in place where there are none any more.

    From the end of the main thread on, the interpreter starts no work in threads; a loop in another thread goes on, and
    the answer to a refresh is still to be saved.
    """
    import asyncio
    from contextvars import copy_context
    from functools import partial

    call = partial(copy_context().run, partial(function, *args, **kwargs))
    try:
        running = asyncio.get_running_loop().run_in_executor(None, call)
    except RuntimeError:
        return call()
    return await running


class LiftedSecrets:
    """A `SecretStore` as flows see it. What it raises beside the port's own errors becomes `StoreFailed`."""

    def __init__(self, store: SecretStore, call: Call, reason: str) -> None:
        """Take the store, how to call it, and why it was chosen."""
        self._store = store
        self._call = call
        self._reason = reason
        self.name: str = getattr(store, "name", type(store).__name__)

    async def load(self, profile: str) -> StoredFields | None:
        """Give all fields of a profile, or None."""
        fields = await self._guarded(self._store.load, profile)
        return None if fields is None else self._checked(profile, fields)

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Save the tokens of a login."""
        await self._guarded(self._store.save, profile, fields)
        return Placement(self.name, self._reason)

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Try whether a save would succeed; a store that cannot tell is taken at its word."""
        rehearse: Callable[[str, Mapping[str, str]], None] | None = getattr(self._store, "rehearse", None)
        if rehearse is not None:
            await self._guarded(rehearse, profile, fields)

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Save where they were loaded from."""
        await self._guarded(self._store.save, profile, fields)

    async def delete(self, profile: str) -> None:
        """Remove the fields."""
        await self._guarded(self._store.delete, profile)

    async def location(self, profile: str) -> Placement:  # noqa: ARG002 (one store holds all profiles)
        """Name the store."""
        return Placement(self.name, self._reason)

    async def probe(self) -> None:
        """Return if the store can be used, writing nothing; a store without a probe of its own is taken at its word."""
        probe: Callable[[], None] | None = getattr(self._store, "probe", None)
        if probe is not None:
            await self._guarded(probe)

    async def _guarded(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._call(function, *args, **kwargs)
        except PromptVMAuthError:
            raise
        except Exception as error:
            raise StoreFailed(f"the store raised {type(error).__name__}", store=self.name) from error

    def _checked(self, profile: str, fields: object) -> StoredFields:
        if isinstance(fields, Mapping):
            checked = StoredFields({k: v for k, v in fields.items() if isinstance(k, str) and isinstance(v, str)})  # pyright: ignore[reportUnknownVariableType] (a store may return anything)
            if len(checked) == len(fields):  # pyright: ignore[reportUnknownArgumentType] (as above)
                return checked
        raise StoreCorrupt(f"what is stored for {profile!r} is not a mapping of text", store=self.name)


class LiftedProfiles:
    """A `ProfileStore` as flows see it."""

    def __init__(self, store: ProfileStore, call: Call) -> None:
        """Take the store and how to call it."""
        self._store = store
        self._call = call

    async def active(self) -> str:
        """Give the active profile's name."""
        return await self._call(self._store.active)

    async def activate(self, name: str) -> None:
        """Make a profile the active one."""
        await self._call(self._store.activate, name)

    async def load(self, name: str) -> StoredFields | None:
        """Give a profile's fields, or None."""
        fields = await self._call(self._store.load, name)
        return None if fields is None else StoredFields(fields)

    async def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replace a profile's fields."""
        await self._call(self._store.save, name, fields)

    async def delete(self, name: str) -> None:
        """Remove a profile."""
        await self._call(self._store.delete, name)

    async def names(self) -> Sequence[str]:
        """Give the names of all profiles."""
        return await self._call(self._store.names)
