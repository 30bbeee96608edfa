"""The authorization server: its endpoints, its encoding of requests, and the client's registration there.

PromptVM's own server is a preset with JSON bodies and a public client (promptvm-cli). Any other server is standard: it
takes form-encoded bodies (RFC 6749) and is identified by its issuer.
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
"""Parameters that an embedder must not add: those that a login sets, would override them or redirect the response."""


Endpoint = Literal[
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "device_token_endpoint",
    "revocation_endpoint",
    "sessions_endpoint",
    "userinfo_endpoint",
]
"""The names of the endpoint attributes of `AuthorizationServer`."""


class Dialect(StrEnum):
    """The encoding of request bodies."""

    JSON = "json"
    """JSON, for PromptVM's own server."""

    FORM = "form"
    """`application/x-www-form-urlencoded` (RFC 6749 appendix B), for standard servers."""


def checked_issuer(issuer: str) -> str:
    """Returns a checked issuer identifier, unchanged: issuers are compared character by character (RFC 8414 §2, §3.3).

    Raises:
        InvalidUrl: it is not https (or http on loopback), or has a query or a fragment.
    """
    parts = checked_url(issuer, "the issuer")
    if parts.query or parts.fragment or issuer.endswith(("?", "#")):
        raise InvalidUrl("the issuer must have no query and no fragment")
    return issuer


def checked_parameters(parameters: Mapping[str, str] | tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Returns checked extra parameters of the authorize URL, as names and values.

    Raises:
        ConfigurationError: a login sets one of them itself, or one of them would override such a parameter.
    """
    items = parameters if isinstance(parameters, tuple) else tuple(parameters.items())
    refused = sorted({name for name, _ in items} & _REFUSED_PARAMETERS)
    if refused:
        raise ConfigurationError(f"extra authorize parameters must not include {', '.join(refused)}")
    return items


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
        """Returns PromptVM's server.

        Args:
            base_url: the base URL of the API.
            app_url: the base URL of the web app; by default derived from the API's host. For an unknown host the
                server has no authorization endpoint.

        Raises:
            InvalidUrl: one of the URLs must not be used.
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
        """Returns a standard server whose endpoints are known, without discovery.

        Args:
            issuer: the issuer identifier; logins are bound to it.
            client_id: the client identifier registered there.
            authorization_endpoint: required for browser logins.
            token_endpoint: required for every login; device codes are polled there too (RFC 8628 §3.4).
            device_authorization_endpoint: required for device logins.
            revocation_endpoint: required to revoke tokens at logout.
            userinfo_endpoint: required for `status(check=True)`.
            iss_promised: whether redirects without `iss` are rejected.
            client_secret: the client secret; None for a public client.
            client_auth: how the secret is sent; by default `client_secret_basic`.
            scope: the scopes to request, separated by spaces; empty leaves the choice to the server.
            trusted_origins: origins beside the issuer's own whose verification pages may be opened.

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
        """Whether this is a standard server, which is sent no PromptVM parameters."""
        return self.dialect is Dialect.FORM

    def endpoint(self, name: Endpoint) -> str:
        """Returns the URL of an endpoint, by the name of its attribute.

        Raises:
            EndpointUnknown: the server has no such endpoint, or its URL is unknown.
        """
        url: str | None = getattr(self, name)
        if url is None:
            raise EndpointUnknown(f"no {name.replace('_', ' ')} is known for {self.base_url}")
        return url

    def is_own_host(self, url: str) -> bool:
        """Returns whether a URL is on a host of the server: the API's, the web app's or a trusted one."""
        own_urls = (self.base_url, self.authorization_endpoint, *self.trusted_origins)
        return urlsplit(url).hostname in {urlsplit(own).hostname for own in own_urls if own}

    def post(self, endpoint: str, parameters: Mapping[str, str | Secret | None]) -> HttpRequest:
        """Builds an authenticated POST request in the server's encoding; parameters that are None are left out."""
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
    """Returns `AuthorizationServer.promptvm` of these URLs, cached."""
    return AuthorizationServer.promptvm(base_url, app_url)


def web_app_of(base_url: str) -> str | None:
    """Derives the web app's base URL from the API's: the host's first label is replaced and the path removed.

    Returns:
        The URL; the same origin for a loopback host; None for an unknown host.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host):
        return origin(parts)
    for api, app in _APP_HOSTS:
        if host.startswith(api):
            return origin(parts).replace(f"://{api}", f"://{app}", 1)
    return None
