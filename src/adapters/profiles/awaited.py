"""Any `ProfileStore`, made awaitable for the use cases."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from ...ports.errors import ProfileError, PromptVMAuthError
from ...ports.profiles import ProfileStore
from ...ports.secrets import StoredFields
from ..system.runner import Runner

if TYPE_CHECKING:
    from collections import deque

    from ...ports.events import Listener, ProblemNoticed

P = ParamSpec("P")
T = TypeVar("T")


class AwaitedProfiles:
    """An `AwaitedProfileStore` made from a `ProfileStore`.

    An error that is not one of this package's own becomes `ProfileError`, and so does an answer of the wrong type.

    Args:
        store: the store.
        run: how its methods are called.
        problems: what the store noticed during a call; it is emitted afterwards, in the caller's own thread.
        emit: where to.
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

    async def load(self, name: str) -> StoredFields | None:
        """Returns the fields of a profile, or None."""
        fields = await self._guarded(self._store.load, name)
        if fields is None:
            return None
        checked = StoredFields.checked(fields)
        if checked is None:
            raise self._error(f"returned for {name!r} what is not a mapping of text")
        return checked

    async def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replaces the fields of a profile."""
        await self._guarded(self._store.save, name, fields)

    async def delete(self, name: str) -> None:
        """Removes a profile."""
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
        except Exception as error:
            raise self._error(f"raised {type(error).__name__}") from error
        finally:
            while self._problems and self._emit is not None:
                self._emit(self._problems.popleft())

    def _error(self, what: str) -> ProfileError:
        return ProfileError(f"the profile store {type(self._store).__name__} {what}")


def _texts(values: object) -> tuple[str, ...] | None:
    """Returns a sequence of text as a tuple, or None if a store returned something else."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return None
    texts = tuple(value for value in values if isinstance(value, str))  # pyright: ignore[reportUnknownVariableType] (a store may return anything)
    return texts if len(texts) == len(values) else None  # pyright: ignore[reportUnknownArgumentType] (as above)
