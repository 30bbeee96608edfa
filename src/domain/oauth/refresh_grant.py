"""The refresh grant (RFC 6749 §6): its request and its answer."""

from ...ports.http import HttpRequest, HttpResponse
from ...ports.secret import Secret
from ..errors import OAuthError, RefreshRejected
from ..tokens import TokenResponse
from .server import AuthorizationServer
from .token_response import parse_token_response

_BARE_REJECTIONS = frozenset({400, 401, 403})  # some servers answer a dead refresh token without any `error`


def refresh_request(server: AuthorizationServer, refresh_token: Secret) -> HttpRequest:
    """Builds the refresh request (RFC 6749 §6)."""
    parameters: dict[str, str | Secret | None] = {
        "grant_type": "refresh_token",
        "client_id": server.client_id,
        "refresh_token": refresh_token,
    }
    return server.post(server.endpoint("token_endpoint"), parameters)


def parse_refresh_response(response: HttpResponse, now: float, refresh_token: Secret) -> TokenResponse:
    """Reads the answer to a refresh.

    Args:
        response: the complete answer.
        now: the wall clock when it arrived, in seconds since 1970-01-01 UTC.
        refresh_token: the one that was sent; no error text repeats it.

    Raises:
        RefreshRejected: the refresh token is dead: `invalid_grant`, or a bare 400, 401 or 403.
        OAuthError: the server refused otherwise; `ServerUnavailable` if it may not refuse later.
        InvalidResponse: the tokens cannot be used.
    """
    try:
        return parse_token_response(response, now, refresh_token)
    except OAuthError as error:
        if error.code == "invalid_grant" or (not error.code and error.status in _BARE_REJECTIONS):
            raise RefreshRejected(error.code, error.description, error.status) from None
        raise
