"""The profiles on this machine, for one client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.use_cases.profiles import Profiles

if TYPE_CHECKING:
    from ..domain.use_cases.profiles import ProfileSummary
    from .core import Core


class ProfileList:
    """Profiles of one client."""

    def __init__(self, core: Core) -> None:
        """Take what the client's use cases share."""
        ports = core.ports
        self._core = core
        self._profiles = Profiles(ports.profiles, ports.secrets, ports.lock)

    async def summaries(self) -> tuple[ProfileSummary, ...]:
        """Give all profiles."""
        return await self._profiles.summaries()

    async def use(self, name: str) -> None:
        """Make a profile the active one."""
        await self._profiles.use(name)
        self._core.access.forget()

    async def remove(self, name: str) -> None:
        """Remove a profile and its tokens."""
        await self._profiles.remove(name)
        self._core.access.forget()
