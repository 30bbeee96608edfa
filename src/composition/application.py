"""The use cases of one client, in the rooms where they belong. Both faces call these methods."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from .core import Core

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..domain.oauth.server import AuthorizationServer
    from .authenticators import Authenticators
    from .logins import Logins
    from .profile_list import ProfileList
    from .session_list import SessionList
    from .steps import Steps
    from .wiring import Wiring

T = TypeVar("T")


class Application:
    """One client: tokens here, the rest in rooms that are entered when they are needed."""

    def __init__(self, ports: Wiring) -> None:
        """Take the ports."""
        self._core = Core(ports)

    async def access_token(self, profile: str | None) -> str:
        """Give a fresh access token, or the key of an API-key profile."""
        return (await self._core.access.token(profile)).reveal()

    async def refresh(self, profile: str | None) -> str:
        """Renew the token of a profile now, and give it."""
        core = self._core
        credential = await core.login_of(profile)
        held = await core.refresh.do(credential, await core.server_of(credential))
        core.access.forget()
        return held.token.reveal()

    async def with_auto_refresh(self, profile: str | None, call: Callable[[str], Awaitable[T]]) -> T:
        """Call with a token; after a 401 renew it and call once more."""
        from ..domain.use_cases.auto_refresh import with_auto_refresh

        return await with_auto_refresh(self._core.access, profile, call)

    async def discover(self, issuer: str | None) -> AuthorizationServer:
        """Ask a server where its endpoints are."""
        return await self._core.servers.discover(issuer)

    @cached_property
    def logins(self) -> Logins:
        """Signing in and out, and how a profile stands."""
        from .logins import Logins

        return Logins(self._core)

    @cached_property
    def steps(self) -> Steps:
        """The single steps of the flows, which the Go package offers as well."""
        from .steps import Steps

        return Steps(self._core)

    @cached_property
    def sessions(self) -> SessionList:
        """The person's authorised devices."""
        from .session_list import SessionList

        return SessionList(self._core)

    @cached_property
    def profiles(self) -> ProfileList:
        """The profiles on this machine."""
        from .profile_list import ProfileList

        return ProfileList(self._core)

    @cached_property
    def authenticators(self) -> Authenticators:
        """What other libraries take to sign their requests."""
        from .authenticators import Authenticators

        return Authenticators(self._core)

    async def close(self) -> None:
        """Let work under way come to its end and release connections."""
        await self._core.ports.close()
