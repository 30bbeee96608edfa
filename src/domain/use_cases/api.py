"""Calls of PromptVM's API for an account: the headers, and a second attempt after a 401."""

from collections.abc import Callable
from typing import Protocol

from attrs import frozen

from ...ports.hidden import Hidden
from ...ports.http import Http, HttpRequest, HttpResponse
from ...ports.secret import Secret
from ..account import Account
from ..errors import ConfigurationError
from ..stores.pair_check import wrong_user
from .auto_refresh import UNAUTHORIZED, Renewal, call_with_renewal


def api_headers(account: Account, token: Secret) -> Hidden[str]:
    """Returns the headers that authenticate a call (RFC 6750 §2.1; PromptVM's own for key pairs and organizations).

    Args:
        account: the account of the call.
        token: its access token or API key.

    Raises:
        ConfigurationError: a stored value has characters that are not allowed in a header.
    """
    headers = _headers(account, token)
    broken = next((name for name, value in headers.items() if not (value.isascii() and value.isprintable())), None)
    if broken is not None:
        raise ConfigurationError(f"the stored data of profile {account.name!r} cannot be sent as the header {broken}")
    return headers


def api_request(method: str, url: str, account: Account, token: Secret) -> HttpRequest:
    """Builds the request of an API call.

    Args:
        method: `GET` or `DELETE`.
        url: the URL of one of the server's endpoints.
        account: the account of the call.
        token: its access token or API key.
    """
    return HttpRequest(method, url, {"Accept": "application/json", **api_headers(account, token)})


class TokenSource(Protocol):
    """Gives an account's access token and, after a 401, another one: `Access`, or tokens that are not stored."""

    async def of_account(self, account: Account) -> tuple[Account, Secret]:
        """Returns the access token, and the account; another one if another user logged in meanwhile."""
        ...

    async def replace(self, account: Account, refused: Secret) -> Secret:
        """Returns a token to replace a refused one; the same one if there is no other."""
        ...


@frozen
class Api:
    """Sends API calls, with one retry after a 401."""

    http: Http
    access: TokenSource

    async def call(self, account: Account, build: Callable[[Secret], HttpRequest]) -> tuple[HttpResponse, Secret]:
        """Sends a call with a fresh token, and after a 401 once more with a renewed one (RFC 6750 §3.1).

        Args:
            account: the account of the call.
            build: builds the request for a token.

        Returns:
            The response, and the token of its request.

        Raises:
            TransportError: the server was not reached.
            PromptVMAuthError: there is no token, or it could not be renewed; the errors of `Access.of_account`.
        """

        async def send(token: Secret) -> HttpResponse:
            return await self.http.send(build(token))

        async def replace(refused: Secret) -> Secret:
            return await self.access.replace(account, refused)

        latest, token = await self.access.of_account(account)
        if account.profile.is_another_login(latest.profile):
            raise wrong_user(account.name)  # another user logged in meanwhile
        renewal = Renewal(token, replace)
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
