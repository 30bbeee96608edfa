"""Exchanges an authorization code for tokens (RFC 6749 §4.1.3)."""

from ...ports.clock import Clock
from ...ports.http import Http, HttpRequest
from ...ports.secret import Secret
from ..oauth.token_endpoint import parse_token_response
from ..tokens import TokenResponse


async def exchange(http: Http, clock: Clock, request: HttpRequest, *secrets: Secret) -> TokenResponse:
    """Sends a request to the token endpoint and returns the granted tokens.

    Args:
        http: sends the request once; it is not repeated after a failure, since a code can be used only once.
        clock: the clock, for the token's expiry.
        request: the result of `exchange_request` or `code_request`.
        secrets: secrets of the request, which error messages must not repeat.

    Raises:
        OAuthError, InvalidResponse, TransportError: no usable tokens were granted.
    """
    response = await http.send(request)
    return parse_token_response(response, clock.now(), *secrets)
