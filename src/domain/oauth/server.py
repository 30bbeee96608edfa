"""The authorization server: its endpoints and how it wants to be spoken to.

PromptVM's own is one preset. It takes JSON bodies and a client without a secret (promptvm-cli). Any other server is
spoken to as RFC 6749 says, with form-encoded bodies, and is known by its issuer.
"""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Literal
from urllib.parse import urlencode, urlsplit

from attrs import Attribute, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from ...ports.hidden import Hidden
from ...ports.http import HttpRequest
from ...ports.loopback import is_loopback
from ...ports.secret import Secret
from ..errors import ConfigurationError, EndpointUnknown, InvalidUrl
from ..url import DEFAULT_BASE_URL, checked_url, normal_base_url, origin
from .client_auth import ClientAuth, basic_header

CLIENT_ID = "promptvm-cli"
SCOPE = "profile"
_APP_HOSTS = (("api.", "app."), ("dev-api.", "dev-app."), ("staging-api.", "staging-app."))

OWN_PARAMETERS = frozenset(
    {
        "client_id",
        "response_type",
        "redirect_uri",
        "code_challenge",
        "code_challenge_method",
        "state",
        "scope",
        "device_name",
        "prompt",
        "login_hint",
    }
)
"""Parameters of the authorize URL that a login sets itself."""

_REFUSED_PARAMETERS = OWN_PARAMETERS | {"response_mode", "request", "request_uri", "client_secret"}
"""What extra parameters must not be: ours, or those that would replace ours or lead the answer astray."""


Endpoint = Literal[
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "device_token_endpoint",
    "revocation_endpoint",
    "sessions_endpoint",
    "userinfo_endpoint",
]
"""The names of the attributes that are endpoints."""


class Dialect(StrEnum):
    """How bodies are encoded."""

    JSON = "json"
    """PromptVM's own."""

    FORM = "form"
    """`application/x-www-form-urlencoded` (RFC 6749 appendix B), which every standard server takes."""


def checked_issuer(issuer: str) -> str:
    """Give an issuer identifier back, unchanged, since it is compared character by character (RFC 8414 §2, §3.3).

    Raises:
        InvalidUrl: it is not https (or http on loopback), or has a query or a fragment.
    """
    parts = checked_url(issuer, "the issuer")
    if parts.query or parts.fragment or issuer.endswith(("?", "#")):
        raise InvalidUrl("the issuer must have no query and no fragment")
    return issuer


def checked_parameters(parameters: Mapping[str, str] | tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Give extra parameters for the authorize URL as pairs.

    Raises:
        ConfigurationError: one of them is set by the login itself, or would replace what it sets.
    """
    pairs = parameters if isinstance(parameters, tuple) else tuple(parameters.items())
    taken = sorted({name for name, _ in pairs} & _REFUSED_PARAMETERS)
    if taken:
        raise ConfigurationError(f"extra authorize parameters must not include {', '.join(taken)}")
    return pairs


def _origins(origins: Iterable[str]) -> frozenset[str]:
    return frozenset(origins)


def _issuer(_: object, __: "Attribute[str]", value: str) -> None:
    checked_issuer(value)


def _checked(_: object, attribute: "Attribute[str]", value: str) -> None:
    what = f"the {attribute.name.replace('_', ' ')}"
    if checked_url(value, what).fragment:
        raise InvalidUrl(f"{what} must have no fragment")  # RFC 6749 §3.1, §3.2


@frozen
class AuthorizationServer:
    """Where a login happens. All endpoints are https, or http on loopback; None where the server has none.

    Attributes:
        base_url: the API's base URL, or the issuer of a standard server; a login is bound to its origin.
        authorization_endpoint: where the browser is sent (RFC 6749 §3.1).
        token_endpoint: where codes and refresh tokens are exchanged (RFC 6749 §3.2).
        device_authorization_endpoint: where device codes are issued (RFC 8628 §3.1).
        device_token_endpoint: where device codes are polled; on standard servers the token endpoint.
        sessions_endpoint: the person's authorised devices; PromptVM's alone.
        userinfo_endpoint: who the access token stands for.
        client_id: the client's identifier.
        scope: asked for; separated by spaces.
        revocation_endpoint: where tokens are revoked (RFC 7009).
        issuer: the issuer identifier of a standard server (RFC 8414 §2); None for PromptVM.
        iss_promised: whether the server says that its redirects carry `iss` (RFC 9207 §3).
        dialect: how bodies are encoded.
        client_secret: for servers that insist on one; None for a public client.
        client_auth: how the secret is sent.
        prompt: what the login page is asked to do, such as `consent` or `login` (OpenID Connect Core §3.1.2.1).
        login_hint: whom the login page should expect.
        authorize_parameters: further parameters of the authorize URL, as a mapping or as pairs.
        trusted_origins: where a standard server may have endpoints and verification pages beside its own origin.

    Raises:
        InvalidUrl: an endpoint is anything else.
        ConfigurationError: an extra parameter is one that the login sets itself.
    """

    base_url: str = field(validator=_checked)
    authorization_endpoint: str | None = field(default=None, validator=optional(_checked))
    token_endpoint: str | None = field(default=None, validator=optional(_checked))
    device_authorization_endpoint: str | None = field(default=None, validator=optional(_checked))
    device_token_endpoint: str | None = field(default=None, validator=optional(_checked))
    sessions_endpoint: str | None = field(default=None, validator=optional(_checked))
    userinfo_endpoint: str | None = field(default=None, validator=optional(_checked))
    client_id: str = CLIENT_ID
    scope: str = SCOPE
    revocation_endpoint: str | None = field(default=None, validator=optional(_checked), kw_only=True)
    issuer: str | None = field(default=None, validator=optional(_issuer), kw_only=True)
    iss_promised: bool = field(default=False, kw_only=True)
    dialect: Dialect = field(default=Dialect.JSON, kw_only=True)
    client_secret: Secret | None = field(default=None, converter=optional_converter(Secret), kw_only=True)
    client_auth: ClientAuth = field(default=ClientAuth.NONE, converter=ClientAuth, kw_only=True)
    prompt: str = field(default="", kw_only=True)
    login_hint: str = field(default="", kw_only=True, repr=False)
    authorize_parameters: tuple[tuple[str, str], ...] = field(
        default=(), converter=checked_parameters, kw_only=True, repr=False
    )
    trusted_origins: frozenset[str] = field(default=frozenset[str](), converter=_origins, kw_only=True)

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

    @classmethod
    def standard(
        cls,
        issuer: str,
        client_id: str,
        *,
        authorization_endpoint: str | None = None,
        token_endpoint: str | None = None,
        device_authorization_endpoint: str | None = None,
        revocation_endpoint: str | None = None,
        userinfo_endpoint: str | None = None,
        iss_promised: bool = False,
        client_secret: str | Secret | None = None,
        client_auth: ClientAuth | str | None = None,
        scope: str = "",
        trusted_origins: Iterable[str] = (),
    ) -> "AuthorizationServer":
        """Give a standard server whose endpoints are known, without asking it.

        Args:
            issuer: its issuer identifier; logins are bound to it.
            client_id: as it was registered there.
            authorization_endpoint: see the attributes, as for the rest.
            token_endpoint: also where device codes are polled (RFC 8628 §3.4).
            device_authorization_endpoint: needed for device logins.
            revocation_endpoint: needed for a logout that ends the session at the server.
            userinfo_endpoint: needed for `status(check=True)`.
            iss_promised: whether redirects without `iss` are refused.
            client_secret: None for a public client.
            client_auth: how it is sent; `client_secret_basic` unless said otherwise.
            scope: separated by spaces; empty to leave it to the server.
            trusted_origins: origins that may be linked to beside the issuer's.

        Raises:
            InvalidUrl: the issuer or an endpoint must not be used.
        """
        return cls(
            base_url=checked_issuer(issuer),
            issuer=issuer,
            client_id=client_id,
            authorization_endpoint=authorization_endpoint,
            token_endpoint=token_endpoint,
            device_authorization_endpoint=device_authorization_endpoint,
            device_token_endpoint=token_endpoint,
            revocation_endpoint=revocation_endpoint,
            userinfo_endpoint=userinfo_endpoint,
            iss_promised=iss_promised,
            dialect=Dialect.FORM,
            client_secret=client_secret,
            client_auth=ClientAuth(client_auth or (ClientAuth.BASIC if client_secret else ClientAuth.NONE)),
            scope=scope,
            trusted_origins=trusted_origins,
        )

    @property
    def speaks_form(self) -> bool:
        """Whether this is a standard server, to which nothing of PromptVM's own is sent."""
        return self.dialect is Dialect.FORM

    def endpoint(self, name: Endpoint) -> str:
        """Returns an endpoint by the name of its attribute.

        Raises:
            EndpointUnknown: the server has none, or it is not known.
        """
        url: str | None = getattr(self, name)
        if url is None:
            raise EndpointUnknown(f"no {name.replace('_', ' ')} is known for {self.base_url}")
        return url

    def is_own_host(self, url: str) -> bool:
        """Say whether a URL leads to the server itself: the API's host, the web app's, or one that was named."""
        mine = (self.base_url, self.authorization_endpoint, *self.trusted_origins)
        return urlsplit(url).hostname in {urlsplit(own).hostname for own in mine if own}

    def post(self, endpoint: str, parameters: Mapping[str, str | Secret | None]) -> HttpRequest:
        """Build a request in the server's dialect; parameters that are None are left out, secrets are revealed here."""
        body = Hidden[str](
            (name, value.reveal() if isinstance(value, Secret) else value)
            for name, value in parameters.items()
            if value is not None
        )
        headers = Hidden[str](Accept="application/json")
        if self.dialect is Dialect.JSON:
            headers["Content-Type"] = "application/json"
            return HttpRequest("POST", endpoint, headers, json.dumps(body).encode())
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.client_secret and self.client_auth is ClientAuth.BASIC:
            headers |= basic_header(self.client_id, self.client_secret)
        elif self.client_secret and self.client_auth is ClientAuth.POST:
            body["client_secret"] = self.client_secret.reveal()
        return HttpRequest("POST", endpoint, headers, urlencode(body).encode())


@lru_cache(maxsize=32)
def promptvm_server(base_url: str, app_url: str | None) -> AuthorizationServer:
    """Returns `AuthorizationServer.promptvm`, made once for each pair of URLs."""
    return AuthorizationServer.promptvm(base_url, app_url)


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
