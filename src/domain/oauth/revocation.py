"""Token revocation (RFC 7009): the refresh token first, since it can bring new access tokens, then the access token."""

from attrs import frozen

from ...ports.http import Http, HttpRequest, HttpResponse
from ...ports.secret import Secret
from ..errors import OAuthError, PromptVMAuthError, TransportError
from ..tokens import StoredTokens
from .response import refusal, retry_after
from .server import AuthorizationServer

_OK = 200
_UNAVAILABLE = 503
_NOT_NEEDED = "unsupported_token_type"


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


@frozen
class Revocation:
    """The use case."""

    http: Http

    async def do(self, server: AuthorizationServer, tokens: StoredTokens) -> str:
        """Revoke both tokens.

        Returns:
            Why something may still live at the server, or the empty text. Once the refresh token is revoked, a server
            that cannot revoke access tokens is no problem (RFC 7009 §2.2.1): they end soon by themselves.
        """
        failures: list[str] = []
        if tokens.refresh_token is not None:
            try:
                await self._revoke(server, tokens.refresh_token, "refresh_token")
            except TransportError as error:
                return str(error)
            except PromptVMAuthError as error:
                failures.append(str(error))
        try:
            await self._revoke(server, tokens.access_token, "access_token")
        except OAuthError as error:
            if error.code != _NOT_NEEDED or tokens.refresh_token is None:
                failures.append(str(error))
        except PromptVMAuthError as error:
            failures.append(str(error))
        return "; ".join(dict.fromkeys(failures))

    async def _revoke(self, server: AuthorizationServer, token: Secret, hint: str) -> None:
        parse_revoked(await self.http.send(revocation_request(server, token, hint)), token)
