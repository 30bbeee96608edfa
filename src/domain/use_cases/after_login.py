"""What follows a recorded login: the session that it replaced is ended, and the Go tool gets a default workspace.

The user is signed in by then: an interrupt takes effect at once, and no failure fails the login.
"""

import re
from contextlib import suppress

from attrs import field, frozen

from ...ports.events import Listener, ProfileActivated
from ...ports.hidden import Hidden
from ...ports.http import Http, HttpRequest
from ...ports.profiles import AwaitedProfileStore, Users
from ...ports.secrets import StoredFields
from ...ports.timeouts import DEFAULT_WORKSPACE
from ..errors import ProfileError
from ..oauth.response import read_object
from .client_ports import OnlinePorts, StoredPorts
from .replaced_session import NewLogin, ReplacedSession

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_WORKSPACE = "defaultWorkspaceId"


async def make_active(name: str, profiles: AwaitedProfileStore, emit: Listener) -> None:
    """Makes a profile the active one, and tells if another one was.

    Raises:
        ProfileError: the configuration could not be written.
    """
    try:
        before = await profiles.active()
        told = before not in {"", name} and await profiles.load(before) is not None
    except ProfileError:  # it cannot be read; whether it can be written is seen now
        before, told = "", False
    await profiles.activate(name)
    if told:
        emit(ProfileActivated(name, before))


@frozen
class AfterLogin:
    """The steps after the logins of one client.

    Attributes:
        users: whose logins the client keeps; if many users', the Go tool's configuration is left alone.
    """

    http: Http
    profiles: AwaitedProfileStore
    replaced: ReplacedSession
    users: Users
    _noted: dict[str, tuple[NewLogin, StoredFields | None]] = field(
        factory=dict[str, tuple[NewLogin, StoredFields | None]], repr=False
    )

    @classmethod
    def of_ports(cls, ports: StoredPorts, online: OnlinePorts) -> "AfterLogin":
        """Returns the steps of one client."""
        replaced = ReplacedSession(online.http, ports.clock, ports.configuration, online.emit)
        return cls(online.http, ports.profiles, replaced, ports.configuration.users)

    def note(self, login: NewLogin, earlier: StoredFields | None) -> None:
        """Notes a login that was recorded, for `run`.

        Args:
            login: the login.
            earlier: the fields that it replaced, or None.
        """
        self._noted[login.account.name] = (login, earlier)

    async def run(self, name: str) -> None:
        """Does what follows the last login to a profile."""
        noted = self._noted.pop(name, None)
        if noted is None:
            return
        login, earlier = noted
        if earlier is not None:
            await self.replaced.end(login, earlier)
        if self.users is Users.ONE and login.server.issuer is None:
            with suppress(Exception):  # the login is complete without a workspace
                await self._store_workspace(login)

    async def _store_workspace(self, login: NewLogin) -> None:
        """Asks PromptVM for the user's default workspace and stores it, if none is stored."""
        url = login.server.userinfo_endpoint
        if url is None or not await self.profiles.lacks_workspace(login.account.name):
            return
        token, organization = login.tokens.access_token, login.profile.organization
        headers = Hidden[str](Accept="application/json", Authorization=f"Bearer {token.reveal()}")
        if organization.isascii() and organization.isprintable() and organization:
            headers["X-Org-Id"] = organization
        response = await self.http.send(HttpRequest("GET", url, headers, timeout=DEFAULT_WORKSPACE))
        members = read_object(response, token)
        nested = members.get("data")
        inner: dict[str, object] = nested if isinstance(nested, dict) else {}  # pyright: ignore[reportUnknownVariableType] (the server may send anything)
        for workspace in (members.get(_WORKSPACE), inner.get(_WORKSPACE)):
            if isinstance(workspace, str) and _UUID.fullmatch(workspace):
                await self.profiles.save_workspace(workspace)
                return
