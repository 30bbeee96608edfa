"""Token revocation (RFC 7009): the refresh token first, since it can bring new access tokens, then the access token."""

from ...ports.http import HttpRequest, HttpResponse
from ...ports.secret import Secret
from .response import refusal, retry_after
from .server import AuthorizationServer

_OK = 200
_UNAVAILABLE = 503


def revocation_request(server: AuthorizationServer, token: Secret, hint: str) -> HttpRequest:
    """Build the request that revokes a token (RFC 7009 §2.1).

    Args:
        server: that issued it.
        token: the token.
        hint: `refresh_token` or `access_token`.

    Raises:
        EndpointUnknown: the server offers no revocation.
    """
    parameters: dict[str, str | Secret | None] = {
        "token": token,
        "token_type_hint": hint,
        "client_id": server.client_id,
    }
    return server.post(server.endpoint("revocation_endpoint"), parameters)


def parse_revoked(response: HttpResponse, token: Secret) -> None:
    """Read the answer; 200 is all that counts, also for a token that was unknown (RFC 7009 §2.2). No body is parsed.

    Raises:
        OAuthError: the token still lives; with 503 it may be tried again (RFC 7009 §2.2.1).
    """
    if response.status == _OK:
        return
    error = refusal(response, token)
    if response.status == _UNAVAILABLE:
        seconds = retry_after(response)
        when = "later" if seconds is None else f"in {seconds:g} s"
        raise type(error)(error.code, f"the server cannot revoke tokens now, it may {when}", response.status)
    raise error
