"""Revokes the tokens of a login (RFC 7009), the refresh token first: it could be exchanged for new access tokens."""

from attrs import frozen

from ...ports.http import Http
from ...ports.secret import Secret
from ..errors import OAuthError, PromptVMAuthError, TransportError
from ..oauth.revocation import parse_revoked, revocation_request
from ..oauth.server import AuthorizationServer
from ..tokens import StoredTokens

_UNSUPPORTED = "unsupported_token_type"


@frozen
class Revocation:
    """Revokes tokens at a standard server."""

    http: Http

    async def run(self, server: AuthorizationServer, tokens: StoredTokens) -> str:
        """Revokes both tokens.

        Args:
            server: the server that issued them.
            tokens: the tokens.

        Returns:
            Why a token may still be valid, or the empty text. After the refresh token is revoked, a server that cannot
            revoke access tokens is not a problem (RFC 7009 §2.2.1): they expire soon.
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
            if tokens.access_token:
                await self._revoke(server, tokens.access_token, "access_token")
        except OAuthError as error:
            if error.code != _UNSUPPORTED or tokens.refresh_token is None:
                failures.append(str(error))
        except PromptVMAuthError as error:
            failures.append(str(error))
        return "; ".join(dict.fromkeys(failures))

    async def _revoke(self, server: AuthorizationServer, token: Secret, hint: str) -> None:
        parse_revoked(await self.http.send(revocation_request(server, token, hint)), token)
