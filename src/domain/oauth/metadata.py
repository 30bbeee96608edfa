"""Authorization server metadata (RFC 8414, OpenID Connect Discovery): its URLs, and reading it.

Metadata decides where secrets are sent, so it is read more strictly than other responses: the issuer must be identical
to the requested one, every endpoint must be allowed, and nothing is merged or guessed.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Never, cast
from urllib.parse import urlsplit

from attrs import frozen

from ...ports.http import HttpRequest, HttpResponse
from ...ports.secret import Secret
from ...ports.text import clean
from ...ports.timeouts import METADATA_REQUEST
from ..errors import InvalidMetadata, InvalidUrl
from ..url import checked_url, origin, same_origin
from .client_auth import choose_client_auth
from .server import AuthorizationServer, Dialect, checked_issuer

MAX_BYTES = 256 * 1024
"""The greatest size of a metadata document in bytes; real ones have about 10 KiB."""

OK = 200
"""The only HTTP status of a metadata document (RFC 8414 §3.2)."""

_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
)
_LISTS = ("code_challenge_methods_supported", "token_endpoint_auth_methods_supported")
_IDENTIFIER = "issuer"
_ISS_SUPPORTED = "authorization_response_iss_parameter_supported"  # RFC 9207 §3


@frozen
class Client:
    """The client's registration, which the server's metadata does not contain.

    Attributes:
        client_id: the client identifier as registered.
        client_secret: the client secret; None for a public client.
        scope: the scope to request.
        trusted_origins: origins beside the issuer's own where endpoints may be.
    """

    client_id: str
    client_secret: Secret | None = None
    scope: str = ""
    trusted_origins: frozenset[str] = frozenset()


def metadata_urls(issuer: str) -> tuple[str, ...]:
    """Returns the URLs where an issuer's metadata may be, in the order in which they are requested.

    RFC 8414 §3.1 puts the well-known part between host and path, OpenID Connect Discovery §4 after the path, and
    RFC 8414 §5 describes the third form.

    Args:
        issuer: the issuer identifier.

    Raises:
        InvalidUrl: the issuer identifier is invalid.
    """
    parts = urlsplit(checked_issuer(issuer))
    base, path = origin(parts), parts.path.rstrip("/")
    urls = (
        f"{base}/.well-known/oauth-authorization-server{path}",
        f"{base}{path}/.well-known/openid-configuration",
        f"{base}/.well-known/openid-configuration{path}",
    )
    return tuple(dict.fromkeys(urls))


def metadata_request(url: str, validators: Mapping[str, str] | None = None) -> HttpRequest:
    """Builds the request for a metadata document.

    Args:
        url: one of `metadata_urls`.
        validators: the headers `If-None-Match` and `If-Modified-Since` for a cached document (RFC 9110 §13.1).
    """
    headers = {"Accept": "application/json", **(validators or {})}
    return HttpRequest("GET", url, headers, timeout=METADATA_REQUEST, max_body=MAX_BYTES)


def read_metadata(response: HttpResponse, issuer: str) -> Mapping[str, object]:
    """Returns the checked metadata of a response with status 200.

    Args:
        response: the complete response.
        issuer: the requested issuer identifier.

    Raises:
        InvalidMetadata: it is not JSON (RFC 8414 §3.2), or `checked_metadata` rejects it.
    """
    kind = response.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise InvalidMetadata(f"the server's metadata is not JSON but {clean(kind, 60)}")
    return checked_metadata(response.body, issuer)


def checked_metadata(document: bytes | str, issuer: str) -> Mapping[str, object]:
    """Checks a metadata document and returns its members.

    Args:
        document: the text of the document.
        issuer: the requested issuer identifier.

    Raises:
        InvalidMetadata: it is not a strict JSON object, is of another issuer (RFC 8414 §3.3), has a member of the wrong
            type or an endpoint that must not be used, or the server does not support S256 (RFC 7636 §7.2).
    """
    members = _strict_object(document)
    named = members.get(_IDENTIFIER)
    if named != issuer:
        shown = repr(clean(named)) if isinstance(named, str) else "no issuer"
        raise InvalidMetadata(f"the metadata found for {issuer!r} names {shown}; these must be identical")
    for name in _ENDPOINTS:
        _check_endpoint(name, members.get(name))
    for name in _LISTS:
        _texts(name, members.get(name))
    if not isinstance(members.get(_ISS_SUPPORTED, False), bool):
        raise InvalidMetadata(f"the metadata's {_ISS_SUPPORTED} is neither true nor false")
    methods = _texts(_LISTS[0], members.get(_LISTS[0]))
    if methods and "S256" not in methods:
        raise InvalidMetadata("the server does not support S256 code challenges, and a login without them is not safe")
    return members


def server_from_metadata(members: Mapping[str, object], client: Client) -> AuthorizationServer:
    """Returns the server that checked metadata describes, for one client.

    Args:
        members: the members of the metadata, from `checked_metadata`.
        client: the client's registration.

    Raises:
        InvalidMetadata: an endpoint is on an origin that is neither the issuer's nor trusted.
        ConfigurationError: the server supports no client authentication method that this package supports.
    """
    issuer = str(members[_IDENTIFIER])
    endpoints: dict[str, Any] = {name: members.get(name) for name in _ENDPOINTS}
    for name, url in endpoints.items():
        if url is not None and not _is_trusted(str(url), issuer, client.trusted_origins):
            where = origin(urlsplit(str(url)))
            raise InvalidMetadata(
                f"{issuer} has its {name.replace('_', ' ')} at {where}: if that is right, pass this origin as trusted"
            )
    return AuthorizationServer(
        base_url=issuer,
        issuer=issuer,
        iss_promised=members.get(_ISS_SUPPORTED) is True,
        dialect=Dialect.FORM,
        client_id=client.client_id,
        scope=client.scope,
        client_secret=client.client_secret,
        client_auth=choose_client_auth(client.client_secret, _texts(_LISTS[1], members.get(_LISTS[1]))),
        trusted_origins=client.trusted_origins,
        device_token_endpoint=endpoints["token_endpoint"],
        **endpoints,
    )


def foreign_origins(server: AuthorizationServer) -> tuple[str, ...]:
    """Returns the origins of endpoints other than the issuer's own, sorted."""
    urls: list[str | None] = [getattr(server, name) for name in _ENDPOINTS]
    return tuple(sorted({origin(urlsplit(url)) for url in urls if url and not same_origin(url, server.base_url)}))


def _is_trusted(url: str, issuer: str, trusted: Iterable[str]) -> bool:
    return any(same_origin(url, own) for own in (issuer, *trusted))


def _check_endpoint(name: str, url: object) -> None:
    if url is None:
        return
    what = f"the metadata's {name}"
    try:
        parts = checked_url(url, what)
    except InvalidUrl as error:
        raise InvalidMetadata(str(error)) from None
    if parts.fragment:
        raise InvalidMetadata(f"{what} must have no fragment")


def _texts(name: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    texts = tuple(item for item in items if isinstance(item, str))
    if len(texts) != len(items):
        raise InvalidMetadata(f"the metadata's {name} is not a list of strings")
    return texts


def _strict_object(document: bytes | str) -> Mapping[str, object]:
    try:
        parsed: object = json.loads(document, object_pairs_hook=_without_duplicates, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise InvalidMetadata("the server's metadata is not one strict JSON object") from None
    if not isinstance(parsed, dict):
        raise InvalidMetadata("the server's metadata is not one strict JSON object")
    return cast("dict[str, object]", parsed)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _no_number(constant: str) -> Never:
    raise ValueError(constant)
