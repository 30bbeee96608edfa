"""The options of one login in one frozen value. Loads no attrs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ...ports.cancellation import Cancellation
    from ..oauth.server import AuthorizationServer

_SERVER_OPTIONS = ("scope", "prompt", "login_hint", "authorize_parameters")


class LoginRequest(NamedTuple):
    """The options of one login. None means the client's or the server's default.

    Attributes:
        profile: the name of the profile to log in to; None means the active one.
        flow: `browser`, `device`, `paste` or `auto`.
        timeout: seconds to wait for the user; None means `LOGIN_WAIT`, or a device code's lifetime.
        device_name: the label in the user's list of authorised devices; None means this machine's name.
        open_browser: whether a browser may be opened; if not, the URL is only shown.
        remember: whether `auto` chooses this flow for this profile from now on.
        scope: the scopes to request, separated by spaces.
        prompt: what the login page should do, such as `consent` or `login` (OpenID Connect Core §3.1.2.1).
        login_hint: the e-mail address or name of the user, for the login page.
        authorize_parameters: further parameters of the authorize URL.
        cancellation: ends the login when it is cancelled.
    """

    profile: str | None = None
    flow: str = "auto"
    timeout: float | None = None
    device_name: str | None = None
    open_browser: bool = True
    remember: bool = False
    scope: str | None = None
    prompt: str | None = None
    login_hint: str | None = None
    authorize_parameters: Mapping[str, str] | None = None
    cancellation: "Cancellation | None" = None

    def __repr__(self) -> str:
        return f"LoginRequest(profile={self.profile!r}, flow={self.flow!r})"  # login_hint is personal data

    def of(self, server: "AuthorizationServer") -> "AuthorizationServer":
        """Returns a server with the options of this login.

        Raises:
            ConfigurationError: an extra parameter is one that the login sets itself.
        """
        options = {name: getattr(self, name) for name in _SERVER_OPTIONS}
        changes: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        if not changes:
            return server
        from attrs import evolve

        return evolve(server, **changes)
