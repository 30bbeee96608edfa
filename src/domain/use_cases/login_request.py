"""What a caller asks of one login: all its options in one frozen value. Loads no attrs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ...ports.timeouts import LOGIN_WAIT

if TYPE_CHECKING:
    from ..oauth.server import AuthorizationServer

_OF_THE_SERVER = ("scope", "prompt", "login_hint", "authorize_parameters")


class LoginRequest(NamedTuple):
    """The options of one login. None means what the client or the server says.

    Attributes:
        profile: the name of the profile that the login is for; None means the active one.
        flow: `browser`, `device`, `paste` or `auto`.
        timeout: seconds that the user is waited for.
        device_name: the label in the user's list of authorised devices; None means this machine's.
        open_browser: whether a browser may be opened, or its URL only shown.
        remember: whether `auto` takes this flow for this profile from now on.
        scope: what to ask for, separated by spaces.
        prompt: what the login page should do, such as `consent` or `login` (OpenID Connect Core §3.1.2.1).
        login_hint: whom the login page should expect.
        authorize_parameters: further parameters of the authorize URL.
    """

    profile: str | None = None
    flow: str = "auto"
    timeout: float = LOGIN_WAIT
    device_name: str | None = None
    open_browser: bool = True
    remember: bool = False
    scope: str | None = None
    prompt: str | None = None
    login_hint: str | None = None
    authorize_parameters: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"LoginRequest(profile={self.profile!r}, flow={self.flow!r})"  # the hint names a person

    def of(self, server: "AuthorizationServer") -> "AuthorizationServer":
        """Returns the server as this login speaks to it.

        Raises:
            ConfigurationError: a further parameter is one that the login sets itself.
        """
        changes: dict[str, Any] = {name: value for name in _OF_THE_SERVER if (value := getattr(self, name)) is not None}
        if not changes:
            return server
        from attrs import evolve

        return evolve(server, **changes)
