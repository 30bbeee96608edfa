"""Plain stores, made awaitable for the use cases: inline for blocking callers, in a worker thread under asyncio.

Errors and values of an embedder's store become those of the port.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from ...ports.errors import ProfileError, PromptVMAuthError, StoreCorrupt, StoreFailed
from ...ports.profiles import ProfileStore
from ...ports.secrets import Placement, SecretStore, StoredFields

if TYPE_CHECKING:
    from collections import deque

    from ...ports.events import Listener, ProblemNoticed

P = ParamSpec("P")
T = TypeVar("T")


class Runner(Protocol):
    """Runs a plain function so that it can be awaited."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Runs the function and returns an awaitable of its result."""
        ...


async def run_inline(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function in the calling thread, without suspending."""
    return function(*args, **kwargs)


async def run_in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function in a worker thread, or inline once the interpreter is shutting down.

    After the main thread has ended, the interpreter starts no more threads, but an event loop in another thread still
    runs and must save the response to a refresh.
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


class AwaitedStore:
    """An `AwaitedSecretStore` made from a `SecretStore`.

    An error that is not one of this package becomes `StoreFailed`, and so does `SystemExit`.

    Args:
        store: the store.
        run: runs its methods, inline or in a thread.
        reason: why this store was chosen, as `Placement.reason` shows it.
        emit: the listener that is told what the store waits for.
    """

    def __init__(self, store: SecretStore, run: Runner, reason: str, emit: "Listener | None" = None) -> None:
        self._store = store
        self._run = run
        self._reason = reason
        self._emit = emit
        self.name: str = getattr(store, "name", type(store).__name__)

    async def load(self, profile: str) -> StoredFields | None:
        """Returns all fields of a profile, or None.

        Raises:
            StoreCorrupt: the store did not return a mapping of text.
        """
        fields = await self._guarded(self._store.load, profile)
        if fields is None:
            return None
        checked = _fields(fields)
        if checked is None:
            raise StoreCorrupt(f"what is stored for {profile!r} is not a mapping of text", store=self.name)
        return checked

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Saves the tokens of a login and returns the store that holds them."""
        await self._guarded(self._store.save, profile, fields)
        return Placement(self.name, self._reason)

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Checks that a save would succeed; a store without `rehearse` is probed."""
        rehearse: Callable[[str, Mapping[str, str]], None] | None = getattr(self._store, "rehearse", None)
        if rehearse is not None:
            await self._guarded(rehearse, profile, fields)
        else:
            await self.probe()

    async def unlock(self, profile: str, *, everywhere: bool = False) -> bool:  # noqa: ARG002 (it is one place)
        """Unlocks the store, with a prompt if it is locked; False if the store has no `unlock`."""
        unlock: Callable[[str, Callable[[float, float], None]], None] | None = getattr(self._store, "unlock", None)
        if unlock is None:
            return False
        from .person_wait import PersonWait

        wait = PersonWait(profile, self.name, self._emit)
        try:
            await self._guarded(unlock, profile, wait.from_thread() if self._run is run_in_thread else wait.go_on)
        finally:
            wait.over = True
        return True

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile where they were loaded from."""
        await self._guarded(self._store.save, profile, fields)

    async def delete(self, profile: str) -> None:
        """Deletes the fields of a profile."""
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
        except (Exception, SystemExit) as error:
            raise StoreFailed(f"the store raised {type(error).__name__}", store=self.name) from error


class AwaitedProfiles:
    """An `AwaitedProfileStore` made from a `ProfileStore`.

    An error that is not one of this package becomes `ProfileError`, and so do `SystemExit` and a value of a wrong type.

    Args:
        store: the store.
        run: runs its methods, inline or in a thread.
        problems: the problems that the store noticed during a call; they are emitted after it, in the caller's thread.
        emit: the listener that gets them.
    """

    def __init__(
        self,
        store: ProfileStore,
        run: Runner,
        *,
        problems: "deque[ProblemNoticed] | None" = None,
        emit: "Listener | None" = None,
    ) -> None:
        self._store = store
        self._run = run
        self._problems = problems
        self._emit = emit

    async def active(self) -> str:
        """Returns the name of the active profile."""
        name = await self._guarded(self._store.active)
        if _texts((name,)) is None:
            raise self._error("returned a name that is not text")
        return name

    async def activate(self, name: str) -> None:
        """Makes a profile the active one."""
        await self._guarded(self._store.activate, name)

    async def lacks_workspace(self, name: str) -> bool:
        """Returns whether a default workspace should be saved; a store without this method takes none."""
        lacks: Callable[[str], bool] | None = getattr(self._store, "lacks_workspace", None)
        return lacks is not None and await self._guarded(lacks, name)

    async def save_workspace(self, workspace: str) -> None:
        """Saves the default workspace."""
        save: Callable[[str], None] = getattr(self._store, "save_workspace")  # noqa: B009 (a store may lack it)
        await self._guarded(save, workspace)

    async def load(self, name: str) -> StoredFields | None:
        """Returns the fields of a profile, or None."""
        fields = await self._guarded(self._store.load, name)
        if fields is None:
            return None
        checked = _fields(fields)
        if checked is None:
            raise self._error(f"returned for {name!r} a value that is not a mapping of text")
        return checked

    async def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replaces the fields of a profile."""
        await self._guarded(self._store.save, name, fields)

    async def delete(self, name: str) -> None:
        """Deletes a profile."""
        await self._guarded(self._store.delete, name)

    async def names(self) -> Sequence[str]:
        """Returns the names of all profiles."""
        names = _texts(await self._guarded(self._store.names))
        if names is None:
            raise self._error("returned names that are not a sequence of text")
        return names

    async def _guarded(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._run(function, *args, **kwargs)
        except PromptVMAuthError:
            raise
        except (Exception, SystemExit) as error:
            raise self._error(f"raised {type(error).__name__}") from error
        finally:
            while self._problems and self._emit is not None:
                self._emit(self._problems.popleft())

    def _error(self, what: str) -> ProfileError:
        return ProfileError(f"the profile store {type(self._store).__name__} {what}")


def _texts(values: object) -> tuple[str, ...] | None:
    """Returns a sequence of text as a tuple, or None if it is not a sequence of text."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return None
    texts = tuple(value for value in values if isinstance(value, str))  # pyright: ignore[reportUnknownVariableType] (a store may return anything)
    return texts if len(texts) == len(values) else None  # pyright: ignore[reportUnknownArgumentType] (as above)


def _fields(fields: object) -> StoredFields | None:
    """Returns a mapping of text as fields, or None if it is not a mapping of text."""
    if not isinstance(fields, Mapping):
        return None
    texts = {k: v for k, v in fields.items() if isinstance(k, str) and isinstance(v, str)}  # pyright: ignore[reportUnknownVariableType] (a store may return anything)
    return StoredFields(texts) if len(texts) == len(fields) else None  # pyright: ignore[reportUnknownArgumentType] (as above)
