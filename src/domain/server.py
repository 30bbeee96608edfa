"""The authorization server: its endpoints and how it wants to be spoken to.

PromptVM's own is one preset. It takes JSON bodies and a client without a secret (promptvm-cli).
"""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen
from attrs.validators import optional

from ..ports.hidden import Hidden
from ..ports.http import HttpRequest
from ..ports.loopback import is_loopback
from .errors import InvalidUrl
from .profile import DEFAULT_BASE_URL
from .secret import Secret
from .url import checked_url, normal_base_url, origin

CLIENT_ID = "promptvm-cli"
SCOPE = "profile"
_APP_HOSTS = (("api.", "app."), ("dev-api.", "dev-app."), ("staging-api.", "staging-app."))


def _checked(_: object, attribute: "Attribute[str]", value: str) -> None:
    what = f"the {attribute.name.replace('_', ' ')}"
    if checked_url(value, what).fragment:
        raise InvalidUrl(f"{what} must have no fragment")  # RFC 6749 §3.1, §3.2


@frozen
class AuthorizationServer:
    """Where a login happens. All endpoints are https, or http on loopback.

    Attributes:
        base_url: the API's base URL; a login is bound to its origin.
        authorization_endpoint: where the browser is sent (RFC 6749 §3.1); None if it is not known.
        token_endpoint: where codes and refresh tokens are exchanged (RFC 6749 §3.2).
        device_authorization_endpoint: where device codes are issued (RFC 8628 §3.1).
        device_token_endpoint: where device codes are polled.
        sessions_endpoint: the person's authorised devices.
        userinfo_endpoint: who the access token stands for.
        client_id: the public client's identifier.
        scope: asked for in the authorize URL.

    Raises:
        InvalidUrl: when an endpoint is anything else.
    """

    base_url: str = field(validator=_checked)
    authorization_endpoint: str | None = field(validator=optional(_checked))
    token_endpoint: str = field(validator=_checked)
    device_authorization_endpoint: str = field(validator=_checked)
    device_token_endpoint: str = field(validator=_checked)
    sessions_endpoint: str = field(validator=_checked)
    userinfo_endpoint: str = field(validator=_checked)
    client_id: str = CLIENT_ID
    scope: str = SCOPE

    @classmethod
    def promptvm(cls, base_url: str = DEFAULT_BASE_URL, app_url: str | None = None) -> "AuthorizationServer":
        """Give PromptVM's endpoints.

        Args:
            base_url: of the API.
            app_url: of the web app; derived from the API's host if not given. Where no rule knows that host, only the
                browser login is missing.

        Raises:
            InvalidUrl: one of them must not be used.
        """
        api = normal_base_url(base_url)
        app = normal_base_url(app_url, "the web-app URL") if app_url else web_app_of(api)
        return cls(
            base_url=api,
            authorization_endpoint=f"{app}/cli/authorize" if app else None,
            token_endpoint=f"{api}/api/v1/auth/cli/token",
            device_authorization_endpoint=f"{api}/api/v1/auth/device/code",
            device_token_endpoint=f"{api}/api/v1/auth/device/token",
            sessions_endpoint=f"{api}/api/v1/auth/cli/sessions",
            userinfo_endpoint=f"{api}/api/v1/me",
        )

    def is_own_host(self, url: str) -> bool:
        """Say whether a URL leads to the server itself: the API's host or the web app's."""
        own = {urlsplit(mine).hostname for mine in (self.base_url, self.authorization_endpoint) if mine}
        return urlsplit(url).hostname in own

    def post(self, endpoint: str, parameters: Mapping[str, str | Secret | None]) -> HttpRequest:
        """Build a request in the server's dialect; parameters that are None are left out, secrets are revealed here."""
        body = Hidden[str](
            (name, value.reveal() if isinstance(value, Secret) else value)
            for name, value in parameters.items()
            if value is not None
        )
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return HttpRequest("POST", endpoint, headers, json.dumps(body).encode())


def web_app_of(base_url: str) -> str | None:
    """Derive the web app's base URL from the API's: its host label swapped, scheme and port kept, the path dropped.

    Returns:
        The same origin for this machine, and None for an API host that no rule knows.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host):
        return origin(parts)
    for api, app in _APP_HOSTS:
        if host.startswith(api):
            return origin(parts).replace(f"://{api}", f"://{app}", 1)
    return None
