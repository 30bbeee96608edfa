"""Calls of PromptVM's API for an account: the headers, and one more attempt after a 401."""

from collections.abc import Callable

from attrs import frozen

from ...ports.hidden import Hidden
from ...ports.http import Http, HttpRequest, HttpResponse
from ...ports.secret import Secret
from ..account import Account
from ..errors import ConfigurationError
from .access import Access
from .auto_refresh import UNAUTHORIZED, Renewal, call_with_renewal


def api_headers(account: Account, token: Secret) -> Hidden[str]:
    """Returns the headers that identify a call (RFC 6750 §2.1, and PromptVM's own for key pairs and organizations).

    Raises:
        ConfigurationError: what is stored would break the header that it travels in.
    """
    headers = _headers(account, token)
    broken = next((name for name, value in headers.items() if not (value.isascii() and value.isprintable())), None)
    if broken is not None:
        raise ConfigurationError(f"what is stored for the profile {account.name!r} cannot be sent as {broken}")
    return headers


def api_request(method: str, url: str, account: Account, token: Secret) -> HttpRequest:
    """Builds a call of the API.

    Args:
        method: `GET` or `DELETE`.
        url: of one of the server's endpoints.
        account: whose call it is.
        token: its access token or key.
    """
    return HttpRequest(method, url, {"Accept": "application/json", **api_headers(account, token)})


@frozen
class Api:
    """Calls the API."""

    http: Http
    access: Access

    async def call(self, account: Account, build: Callable[[Secret], HttpRequest]) -> tuple[HttpResponse, Secret]:
        """Sends a call with a fresh token; after a 401 once more with a renewed one (RFC 6750 §3.1).

        Args:
            account: whose call it is.
            build: builds the request for a token.

        Returns:
            The answer, and the token that it belongs to.

        Raises:
            TransportError: the server was not reached.
            PromptVMAuthError: there is no token, or it could not be renewed.
        """

        async def send(token: Secret) -> HttpResponse:
            return await self.http.send(build(token))

        async def replace(refused: Secret) -> Secret:
            return await self.access.replace(account, refused)

        renewal = Renewal(await self.access.of_account(account), replace)
        return await call_with_renewal(renewal, send, lambda response: response.status == UNAUTHORIZED)


def _headers(account: Account, token: Secret) -> Hidden[str]:
    credential = account.credential
    if credential.secret_key is not None:
        keys = {"Public": credential.public_key, "Secret": credential.secret_key.reveal()}
        return Hidden((f"X-PromptVM-{half}-Key", key) for half, key in keys.items())
    headers = Hidden(Authorization=f"Bearer {token.reveal()}")
    if credential.key is None and account.profile.organization:
        headers["X-Org-Id"] = account.profile.organization
    return headers
