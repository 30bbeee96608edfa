"""The server settings of one client, from its arguments and the environment. Loads no attrs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Never, Self

from ..ports.profiles import Users
from .profile import check_name
from .url import normal_base_url

if TYPE_CHECKING:
    from ..ports.secret import Secret
    from .oauth.server import AuthorizationServer


ACTIVE = "active"
"""The value of `default_profile` for the profile that is active at each call."""


class Configuration(NamedTuple):
    """The settings of one client: its server, and the profile of calls that name none.

    Attributes:
        environ: the environment variables.
        base_url: the base URL of PromptVM's API as passed, or None.
        api_url: the same, else the environment's, checked and without a trailing slash; None if neither is set.
        app_url: the base URL of PromptVM's web app, as passed or from the environment; None if neither is set.
        issuer: a standard server's issuer identifier as passed; None for PromptVM, or for the profile's server.
        client_id: the client identifier registered at that server, as passed.
        client_secret: the secret of that client, as passed.
        scope: the scope that logins request, as passed.
        trusted_origins: origins beside the issuer's own where a standard server may have endpoints.
        server: the server with its endpoints, as passed.
        default_profile: the profile of calls that name none; `active` means the active one, None that there is none.
        users: whose logins the client keeps; those of many users if there is no default profile.
    """

    environ: Mapping[str, str]
    base_url: str | None = None
    api_url: str | None = None
    app_url: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    client_secret: "Secret | None" = None
    scope: str | None = None
    trusted_origins: tuple[str, ...] = ()
    server: "AuthorizationServer | None" = None
    default_profile: str | None = ACTIVE
    users: Users = Users.ONE

    @classmethod
    def read(cls, environ: Mapping[str, str], base_url: str | None = None, app_url: str | None = None) -> Self:
        """Returns the settings that were passed, completed from the environment.

        Args:
            environ: the variables; `PROMPTVM_BASE_URL` and `PROMPTVM_APP_URL` replace arguments that are not passed.
            base_url: the base URL of PromptVM's API.
            app_url: the base URL of PromptVM's web app.

        Raises:
            InvalidUrl: the base URL must not be used.
        """
        url = base_url or environ.get("PROMPTVM_BASE_URL")
        named = cls(environ, base_url, None, app_url or environ.get("PROMPTVM_APP_URL") or None)
        del environ  # a traceback with locals would show the keys in it
        return named._replace(api_url=normal_base_url(url)) if url else named

    def with_default_profile(self, profile: str | None) -> Self:
        """Returns these settings with another default profile.

        Raises:
            InvalidProfileName: it is neither None nor a valid name.
        """
        if profile is None:
            return self._replace(default_profile=None, users=Users.MANY)
        return self._replace(default_profile=check_name(profile), users=Users.ONE)

    def __repr__(self) -> str:
        return f"Configuration(base_url={self.base_url!r}, app_url={self.app_url!r})"  # the environment holds keys

    def __reduce__(self) -> Never:
        raise TypeError("the configuration holds the environment and is not pickled")
