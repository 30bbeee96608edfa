"""One client in both colours: what is handed to other libraries is used by blocking and by asynchronous callers alike.

Tokens in memory are shared. So is the lock of every store, and who has waited for it looks at the store again before
it refreshes: that makes one refresh of any number of callers of either colour.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .blocking import BlockingWiring

if TYPE_CHECKING:
    from .core import Core


class Pair:
    """The client that was made, and its other colour, which is made when it is first used."""

    def __init__(self, core: Core) -> None:
        """Take the client that was made."""
        self._core = core

    @cached_property
    def blocking(self) -> Core:
        """The client for blocking callers."""
        ports = self._core.ports
        return (
            self._core
            if isinstance(ports, BlockingWiring)
            else self._core.over(BlockingWiring(ports.for_other_colour()))
        )

    @cached_property
    def awaited(self) -> Core:
        """The client for asyncio."""
        from .asynchronous import AsyncWiring

        ports = self._core.ports
        return self._core if isinstance(ports, AsyncWiring) else self._core.over(AsyncWiring(ports.for_other_colour()))
