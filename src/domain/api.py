"""Calls of PromptVM's API with a credential: the headers, and the requests that this package makes itself."""

from ..ports.http import HttpRequest
from .profile import Credential
from .secret import Secret


def api_headers(credential: Credential, token: Secret) -> dict[str, str]:
    """Give the headers that identify a call (RFC 6750 §2.1, and PromptVM's own for key pairs and organizations)."""
    if credential.secret_key is not None:
        return {
            "X-PromptVM-Public-Key": credential.public_key,
            "X-PromptVM-Secret-Key": credential.secret_key.reveal(),
        }
    headers = {"Authorization": f"Bearer {token.reveal()}"}
    organization = credential.recorded.get("organization")
    if credential.api_key is None and organization:
        headers["X-Org-Id"] = organization
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
