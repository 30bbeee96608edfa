"""What one login asks the server for beside what its client always does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..domain.oauth.server import AuthorizationServer


class Asking(NamedTuple):
    """Arguments of a login; None stands for what the server's value says.

    Attributes:
        scope: separated by spaces.
        prompt: such as `consent` or `login`.
        login_hint: whom the login page should expect.
        authorize_parameters: further parameters of the authorize URL.
    """

    scope: str | None = None
    prompt: str | None = None
    login_hint: str | None = None
    authorize_parameters: Mapping[str, str] | None = None

    def of(self, server: AuthorizationServer) -> AuthorizationServer:
        """Give the server as this login speaks to it.

        Raises:
            ConfigurationError: an extra parameter is one that the login sets itself.
        """
        changes = {name: value for name, value in self._asdict().items() if value is not None}
        if not changes:
            return server
        from attrs import evolve

        return evolve(server, **changes)


NOTHING_MORE = Asking()
