"""The traces port: what this package wrote on this machine, beside what the other stores delete by name."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Removed(NamedTuple):
    """What was removed and what was not.

    Attributes:
        removed: the paths of the removed files and directories.
        left: the paths of those that could not be removed, or are not only this package's, each with the reason.
    """

    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class AwaitedTraces(Protocol):
    """Removes what this package wrote on this machine, for the use cases."""

    async def names(self) -> Sequence[str]:
        """Returns the names of the profiles that have token files, sorted; there may be no profile of such a name."""
        ...

    async def remove(self) -> Removed:
        """Removes token files, keys, locks, copies of damaged files, and the directory that is not shared."""
        ...
