"""Reads responses of the token endpoint and builds the refresh request (RFC 6749 §5.1, §6).

A response whose token would be unusable or unsafe is rejected: no access token, characters that would break a header,
an unknown token type. Members that only describe the token are ignored if they are invalid.
"""

import math
from typing import cast

from ...ports.http import HttpRequest, HttpResponse
from ...ports.secret import Secret
from ...ports.text import clean
from ...ports.timeouts import MAX_TOKEN_LIFETIME
from ..errors import InvalidResponse, OAuthError, RefreshRejected
from ..tokens import TokenOrganization, TokenResponse, TokenUser, as_datetime
from .response import read_object
from .server import AuthorizationServer

_BARE_REJECTIONS = frozenset({400, 401, 403})  # some servers reject a refresh token without an `error` code
_MAX_TOKEN = 65536
_ID = 200


def parse_token_response(response: HttpResponse, now: float, *secrets: Secret) -> TokenResponse:
    """Reads the response of a token endpoint.

    Args:
        response: the complete response.
        now: the wall clock when it arrived, in seconds since 1970-01-01 UTC.
        secrets: secrets of the request, which error messages must not repeat.

    Raises:
        OAuthError: the server refused; `ServerUnavailable` if a later request may succeed.
        InvalidResponse: there is no valid access token, or its type is not Bearer.
    """
    members = read_object(response, *secrets)
    access = _token(members.get("access_token"), "!")  # it is sent in a header
    if access is None:
        raise InvalidResponse("the token response has no valid access token")
    if str(members.get("token_type") or "Bearer").lower() != "bearer":
        raise InvalidResponse("the token type of the response is not Bearer")
    lifetime = lifetime_of(members.get("expires_in"))
    scope = members.get("scope")
    return TokenResponse(
        access_token=access,
        refresh_token=_token(members.get("refresh_token"), " "),  # RFC 6749 appendix A.17
        expires_in=lifetime,
        expires_at=None if lifetime is None else as_datetime(now + lifetime),
        scope=clean(scope, 1000) if isinstance(scope, str) else None,
        user=_user(members.get("user")),
        organization=_organization(members.get("organization")),
    )


def refresh_request(server: AuthorizationServer, refresh_token: Secret) -> HttpRequest:
    """Builds the refresh request (RFC 6749 §6)."""
    parameters: dict[str, str | Secret | None] = {
        "grant_type": "refresh_token",
        "client_id": server.client_id,
        "refresh_token": refresh_token,
    }
    return server.post(server.endpoint("token_endpoint"), parameters)


def parse_refresh_response(response: HttpResponse, now: float, refresh_token: Secret) -> TokenResponse:
    """Reads the response to a refresh.

    Args:
        response: the complete response.
        now: the wall clock when it arrived, in seconds since 1970-01-01 UTC.
        refresh_token: the refresh token of the request, which error messages must not repeat.

    Raises:
        RefreshRejected: the refresh token is invalid: `invalid_grant`, or 400, 401 or 403 without an error code.
        OAuthError: any other refusal; `ServerUnavailable` if a later request may succeed.
        InvalidResponse: the tokens cannot be used.
    """
    try:
        return parse_token_response(response, now, refresh_token)
    except OAuthError as error:
        if error.code == "invalid_grant" or (not error.code and error.status in _BARE_REJECTIONS):
            raise RefreshRejected(error.code, error.description, error.status) from None
        raise


def lifetime_of(value: object) -> float | None:
    """Returns the seconds of an `expires_in`, or None if it is missing or invalid.

    A number, or a decimal number as text, is valid if it is above zero. Without a lifetime, a token is used until a
    401. Lifetimes are limited to ten years.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return MAX_TOKEN_LIFETIME if isinstance(value, int) and value > 0 else None
    return None if math.isnan(seconds) or seconds <= 0 else min(seconds, MAX_TOKEN_LIFETIME)


def _token(value: object, first: str) -> Secret | None:
    """Returns a token of printable ASCII characters from `first` on, or None: others would break a header."""
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TOKEN:
        return None
    return Secret(value) if all(first <= character <= "~" for character in value) else None


def _user(value: object) -> TokenUser | None:
    members = _members(value)
    identity = clean(members.get("id"), _ID)
    if not identity:
        return None
    return TokenUser(
        identity, clean(members.get("email")), clean(members.get("name")), clean(members.get("image"), 2000)
    )


def _organization(value: object) -> TokenOrganization | None:
    members = _members(value)
    identity = clean(members.get("id"), _ID)
    return TokenOrganization(identity, clean(members.get("name")), clean(members.get("slug"))) if identity else None


def _members(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
