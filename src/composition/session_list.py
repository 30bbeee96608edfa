"""The person's authorised devices, as one profile sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.use_cases.sessions import Devices

if TYPE_CHECKING:
    from ..domain.use_cases.sessions import Session
    from .core import Core


class SessionList:
    """Sessions at the server of one client's profiles."""

    def __init__(self, core: Core) -> None:
        """Take what the client's use cases share."""
        self._core = core
        self._devices = Devices(core.api)

    async def sessions(self, profile: str | None) -> tuple[Session, ...]:
        """Give the sessions."""
        credential = await self._core.credential(profile)
        server = await self._core.server_of(credential)
        sessions, _ = await self._devices.sessions(profile, credential, server)
        return sessions

    async def revoke(self, session_id: str, profile: str | None) -> None:
        """End a session."""
        credential = await self._core.credential(profile)
        server = await self._core.server_of(credential)
        await self._devices.end(profile, credential, server, session_id)
