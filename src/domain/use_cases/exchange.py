"""Exchanging an authorization code for tokens: one request, one strict reading (RFC 6749 §4.1.3)."""

from ...ports.clock import Clock
from ...ports.http import Http, HttpRequest
from ...ports.secret import Secret
from ..oauth.token_endpoint import parse_token_response
from ..tokens import TokenResponse


async def exchange(http: Http, clock: Clock, request: HttpRequest, *secrets: Secret) -> TokenResponse:
    """Sends a request to the token endpoint and reads what it grants.

    Args:
        http: sends it once; a lost answer is never asked for again, since a code is used once.
        clock: says when the answer arrived.
        request: `exchange_request` or `code_request`.
        secrets: what the request holds and no error text may repeat.

    Raises:
        OAuthError, InvalidResponse, TransportError: nothing was granted that could be used.
    """
    response = await http.send(request)
    return parse_token_response(response, clock.now(), *secrets)
