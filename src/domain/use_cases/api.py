"""Calls of PromptVM's API with a credential: the headers, and one more attempt after a 401."""

from collections.abc import Callable

from attrs import frozen

from ...ports.hidden import Hidden
from ...ports.http import Http, HttpRequest, HttpResponse
from ...ports.secret import Secret
from ..errors import ConfigurationError
from ..profile import Credential
from .auto_refresh import UNAUTHORIZED, Tokens


def api_headers(credential: Credential, token: Secret) -> Hidden[str]:
    """Give the headers that identify a call (RFC 6750 §2.1, and PromptVM's own for key pairs and organizations).

    Raises:
        ConfigurationError: what is stored would break the header that it travels in.
    """
    headers = _headers(credential, token)
    broken = next((name for name, value in headers.items() if not (value.isascii() and value.isprintable())), None)
    if broken is not None:
        raise ConfigurationError(f"what is stored for the profile {credential.profile!r} cannot be sent as {broken}")
    return headers


def api_request(method: str, url: str, credential: Credential, token: Secret) -> HttpRequest:
    """Build a call of the API.

    Args:
        method: `GET` or `DELETE`.
        url: of one of the server's endpoints.
        credential: whose call it is.
        token: its access token or key.
    """
    return HttpRequest(method, url, {"Accept": "application/json", **api_headers(credential, token)})


@frozen
class Api:
    """Calls the API as one profile."""

    http: Http
    tokens: Tokens

    async def call(
        self, profile: str | None, credential: Credential, build: Callable[[Secret], HttpRequest]
    ) -> tuple[HttpResponse, Secret]:
        """Send a call with a fresh token; after a 401 once more with a renewed one (RFC 6750 §3.1).

        Args:
            profile: as the caller named it.
            credential: of that profile.
            build: builds the request for a token.

        Returns:
            The answer, and the token that it belongs to.

        Raises:
            TransportError: the server was not reached.
            PromptVMAuthError: there is no token, or it could not be renewed.
        """
        token = await self.tokens.token(profile)
        response = await self.http.send(build(token))
        if response.status == UNAUTHORIZED and credential.key is None:
            token = await self.tokens.replace(profile, token)
            response = await self.http.send(build(token))
        return response, token


def _headers(credential: Credential, token: Secret) -> Hidden[str]:
    if credential.secret_key is not None:
        keys = {"Public": credential.public_key, "Secret": credential.secret_key.reveal()}
        return Hidden((f"X-PromptVM-{half}-Key", key) for half, key in keys.items())
    headers = Hidden(Authorization=f"Bearer {token.reveal()}")
    organization = credential.recorded.get("organization")
    if credential.api_key is None and organization:
        headers["X-Org-Id"] = organization
    return headers
