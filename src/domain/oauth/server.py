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
from ...ports.secret import Secret
from ..errors import ConfigurationError, EndpointUnknown, InvalidUrl
from ..url import DEFAULT_BASE_URL, checked_url, normal_base_url, web_app_of
from .client_auth import ClientAuth, basic_header

CLIENT_ID = "promptvm-cli"
SCOPE = "profile"

OWN_PARAMETERS = frozenset(
    {"client_id", "response_type", "redirect_uri", "code_challenge", "code_challenge_method", "state"}
    | {"scope", "device_name", "prompt", "login_hint"}
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


def _texts(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(texts)


def _issuer(_: object, __: "Attribute[str]", value: str) -> None:
    checked_issuer(value)


def _checked(_: object, attribute: "Attribute[str]", value: str) -> None:
    what = f"the {attribute.name.replace('_', ' ')}"
    if checked_url(value, what).fragment:
        raise InvalidUrl(f"{what} must have no fragment")  # RFC 6749 §3.1, §3.2


@frozen
class AuthorizationServer:
    """The server that users log in at. Its endpoints are https, or http on loopback; one that it lacks is None.

    Attributes:
        base_url: the API's base URL, or the issuer of a standard server. A login belongs to its origin.
        authorization_endpoint: the URL that the browser is sent to (RFC 6749 §3.1).
        token_endpoint: the URL that exchanges codes and refresh tokens (RFC 6749 §3.2).
        device_authorization_endpoint: the URL that issues device codes (RFC 8628 §3.1).
        device_token_endpoint: the URL that device codes are polled at; the token endpoint of standard servers.
        sessions_endpoint: the URL of the user's authorised devices; PromptVM's servers only.
        userinfo_endpoint: the URL that returns the user of an access token.
        client_id: the client identifier (RFC 6749 §2.2).
        scope: the scopes to request, separated by spaces.
        revocation_endpoint: the URL that revokes tokens (RFC 7009 §2).
        issuer: the issuer identifier of a standard server (RFC 8414 §2); None for PromptVM.
        iss_promised: whether the server announces that its redirects contain `iss` (RFC 9207 §3).
        dialect: how request bodies are encoded.
        client_secret: the client secret, for servers that require one; None for a public client (RFC 6749 §2.1).
        client_auth: how the client secret is sent (RFC 6749 §2.3.1).
        prompt: what the login page must show, such as `login` or `consent` (OpenID Connect Core §3.1.2.1).
        login_hint: the user's e-mail address or name, which the login page may fill in.
        authorize_parameters: further parameters of the authorize URL, as a mapping or as tuples of name and value.
        trusted_origins: the origins, beside its own, on which a standard server may have endpoints and pages.
        redirect_uris: what PromptVM's server has registered for this program besides loopback redirect URIs.

    Raises:
        InvalidUrl: a URL is invalid or not https.
        ConfigurationError: a further parameter is one that the login sets itself.
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
    trusted_origins: frozenset[str] = field(default=frozenset[str](), converter=_texts, kw_only=True)
    redirect_uris: frozenset[str] = field(default=frozenset[str](), converter=_texts, kw_only=True)

    @classmethod
    def promptvm(
        cls, base_url: str = DEFAULT_BASE_URL, app_url: str | None = None, *, redirect_uris: Iterable[str] = ()
    ) -> "AuthorizationServer":
        """Returns a PromptVM server, by the URL of its API.

        Args:
            base_url: the URL of the API.
            app_url: the URL of the web app; None derives it from the API's host. For an unknown host there is none, and
                then no browser login.
            redirect_uris: the redirect URIs that the server has registered for this program, besides loopback ones.

        Raises:
            InvalidUrl: a URL is invalid or not https.
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
            redirect_uris=redirect_uris,
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
        """Returns a standard server whose endpoints are known. It sends no request.

        Args:
            issuer: the issuer identifier (RFC 8414 §2); logins belong to it.
            client_id: the identifier that the server registered for this program.
            authorization_endpoint: the URL that the browser is sent to; needed for browser logins (RFC 6749 §3.1).
            token_endpoint: the URL that exchanges codes and refresh tokens, and that device codes are polled at.
            device_authorization_endpoint: the URL that issues device codes; needed for device logins (RFC 8628 §3.1).
            revocation_endpoint: the URL that revokes tokens; needed for `logout` to end the session (RFC 7009 §2).
            userinfo_endpoint: the URL that returns the user of a token; needed for `status(check=True)`.
            iss_promised: True refuses redirects without `iss` (RFC 9207 §2.4).
            client_secret: the client secret; None for a public client (RFC 6749 §2.1).
            client_auth: how the secret is sent; None means `client_secret_basic` (RFC 6749 §2.3.1).
            scope: the scopes to request, separated by spaces; empty lets the server choose.
            trusted_origins: the origins, beside the issuer's, on which the server may have pages for the user.

        Raises:
            InvalidUrl: the issuer or an endpoint is invalid or not https.
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

    @property
    def product(self) -> str:
        """What a user signs in to: PromptVM, or the host of a standard server."""
        return urlsplit(self.issuer).netloc if self.issuer else "PromptVM"

    def endpoint(self, name: Endpoint) -> str:
        """Returns the URL of an endpoint.

        Args:
            name: the name of its attribute.

        Raises:
            EndpointUnknown: the server has no such endpoint, or its URL is not known.
        """
        url: str | None = getattr(self, name)
        if url is None:
            raise EndpointUnknown(f"no {name.replace('_', ' ')} is known for {self.base_url}")
        return url

    def is_own_host(self, url: str) -> bool:
        """Returns whether a URL is on a host of the server: the API's, the web app's or one of `trusted_origins`.

        Args:
            url: the URL to look at.
        """
        own_urls = (self.base_url, self.authorization_endpoint, *self.trusted_origins)
        return urlsplit(url).hostname in {urlsplit(own).hostname for own in own_urls if own}

    def post(self, endpoint: str, parameters: Mapping[str, str | Secret | None]) -> HttpRequest:
        """Returns a POST request whose body is encoded in the server's dialect.

        Args:
            endpoint: the URL to send it to.
            parameters: the parameters of the body; those that are None are left out.
        """
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
