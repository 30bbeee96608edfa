"""Token revocation (RFC 7009): builds the request and reads the response."""

from ...ports.http import HttpRequest, HttpResponse
from ...ports.secret import Secret
from .own_message import with_own_message
from .response import refusal, retry_after
from .server import AuthorizationServer

_OK = 200
_UNAVAILABLE = 503


def revocation_request(server: AuthorizationServer, token: Secret, hint: str) -> HttpRequest:
    """Builds the request that revokes a token (RFC 7009 §2.1).

    Args:
        server: the server that issued the token.
        token: the token.
        hint: `refresh_token` or `access_token`.

    Raises:
        EndpointUnknown: the server has no revocation endpoint.
    """
    parameters: dict[str, str | Secret | None] = {
        "token": token,
        "token_type_hint": hint,
        "client_id": server.client_id,
    }
    return server.post(server.endpoint("revocation_endpoint"), parameters)


def parse_revoked(response: HttpResponse, token: Secret) -> None:
    """Checks the response to a revocation: status 200 means success, even for an unknown token (RFC 7009 §2.2).

    Args:
        response: the complete response; the body of a success is not read.
        token: the token, which error messages must not repeat.

    Raises:
        OAuthError: the token was not revoked; with 503 a later attempt may succeed (RFC 7009 §2.2.1).
    """
    if response.status == _OK:
        return
    error = refusal(response, token)
    if response.status == _UNAVAILABLE:
        seconds = retry_after(response)
        when = "later" if seconds is None else f"in {seconds:g} s"
        problem = f"the server cannot revoke tokens now; try again {when}"
        raise with_own_message(type(error)(error.code, problem, response.status))
    raise error
