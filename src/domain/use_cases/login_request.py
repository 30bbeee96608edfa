"""What a caller asks of one login: all its options in one frozen value."""

from collections.abc import Mapping

from attrs import evolve, field, frozen

from ...ports.timeouts import LOGIN_WAIT
from ..oauth.server import AuthorizationServer
from ..plan import AUTO


@frozen(kw_only=True)
class LoginRequest:
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
    flow: str = AUTO
    timeout: float = LOGIN_WAIT
    device_name: str | None = None
    open_browser: bool = True
    remember: bool = False
    scope: str | None = None
    prompt: str | None = None
    login_hint: str | None = field(default=None, repr=False)
    authorize_parameters: Mapping[str, str] | None = field(default=None, repr=False)

    def of(self, server: AuthorizationServer) -> AuthorizationServer:
        """Returns the server as this login speaks to it.

        Raises:
            ConfigurationError: a further parameter is one that the login sets itself.
        """
        if self.scope is not None:
            server = evolve(server, scope=self.scope)
        if self.prompt is not None:
            server = evolve(server, prompt=self.prompt)
        if self.login_hint is not None:
            server = evolve(server, login_hint=self.login_hint)
        if self.authorize_parameters is not None:
            server = evolve(server, authorize_parameters=self.authorize_parameters)
        return server
