"""Reads responses of the token endpoint and builds the refresh request (RFC 6749 §5.1, §6).

A response whose token would be unusable or unsafe is rejected: no access token, characters that would break a header,
an unknown token type. Members that only describe the token are ignored if they are invalid. Of two
members of the same name the last one counts, since no granted token is thrown away for the form of its answer.
"""

import math
from collections.abc import Mapping
from typing import cast

from ...ports.http import HttpRequest, HttpResponse
from ...ports.secret import Secret
from ...ports.text import clean
from ...ports.timeouts import MAX_TOKEN_LIFETIME
from ..errors import InvalidResponse, OAuthError, RefreshRejected, ServerUnavailable
from ..tokens import TokenOrganization, TokenResponse, TokenUser, as_datetime
from .gateway import gateway_error, is_from_gateway
from .response import in_lower_case, read_object
from .server import AuthorizationServer

_REJECTIONS = frozenset(  # GitHub's own, and OpenID Connect Core §3.1.2.6, which some servers send for a refresh
    {"invalid_grant", "bad_refresh_token", "interaction_required", "login_required", "consent_required"}
)
_BARE_REJECTIONS = frozenset({400, 401})  # some servers reject a refresh token with an empty body
_WITHOUT_CODE = frozenset({400, 401, 403})
_NO_TYPE = (None, "")
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
        InvalidResponse: there is no valid access token, its type is not Bearer.
    """
    members = in_lower_case(read_object(response, *secrets))
    access = _token(members.get("access_token"), "!")  # it is sent in a header
    if access is None:
        raise InvalidResponse("the token response has no valid access token")
    token_type = members.get("token_type")
    if token_type not in _NO_TYPE and str(token_type).lower() != "bearer":
        raise InvalidResponse("the token type of the response is not Bearer")
    refresh = _token(members.get("refresh_token"), " ")  # RFC 6749 appendix A.17
    lifetime = lifetime_of(members.get("expires_in"))
    scope = members.get("scope")
    return TokenResponse(
        access_token=access,
        refresh_token=refresh,
        expires_in=lifetime,
        expires_at=None if lifetime is None else as_datetime(now + lifetime),
        scope=clean(scope, 1000) if isinstance(scope, str) else None,
        user=_user(members.get("user")),
        organization=_organization(members.get("organization")),
        refresh_token_unusable=refresh is None and members.get("refresh_token") not in (None, ""),
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
        RefreshRejected: the refresh token is invalid: `invalid_grant` or a code with the same meaning, or 400 or 401
            with an empty body.
        ServerUnavailable: a later request may succeed: 429 and 5xx, whatever the body says, an answer that is not the
            server's, or 400, 401 or 403 without an error code.
        OAuthError: any other refusal.
        InvalidResponse: the tokens cannot be used.
    """
    try:
        return parse_token_response(response, now, refresh_token)
    except (OAuthError, InvalidResponse) as error:
        if is_from_gateway(response):
            raise gateway_error(response.status) from None
        if isinstance(error, InvalidResponse) or error.retryable:
            raise
        bare = not error.code and not response.body.strip() and error.status in _BARE_REJECTIONS
        if error.code in _REJECTIONS or bare:
            raise RefreshRejected(error.code, error.description, error.status) from None
        if not error.code and error.status in _WITHOUT_CODE:
            raise ServerUnavailable(error.code, error.description, error.status) from None
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
    identity, email = clean(members.get("id"), _ID), clean(members.get("email"))
    if not identity and not email:
        return None
    return TokenUser(identity, email, clean(members.get("name")), clean(members.get("image"), 2000))


def _organization(value: object) -> TokenOrganization | None:
    members = _members(value)
    identity = clean(members.get("id"), _ID)
    return TokenOrganization(identity, clean(members.get("name")), clean(members.get("slug"))) if identity else None


def _members(value: object) -> Mapping[str, object]:
    return in_lower_case(cast("dict[str, object]", value)) if isinstance(value, dict) else {}
