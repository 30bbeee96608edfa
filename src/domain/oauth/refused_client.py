"""Names what a server may not know: the client ID and the redirect URI of a login (RFC 6749 §3.1.2.4, §5.2)."""

from ..errors import OAuthError
from .server import AuthorizationServer

_OF_CLIENT = frozenset({"invalid_client", "unauthorized_client"})


def what_to_check(server: AuthorizationServer, redirect_uri: str = "") -> str:
    """Returns which client ID and redirect URI the server must know, in one sentence without its full stop.

    Args:
        server: the server of the login.
        redirect_uri: the redirect URI of the login; empty for a device login.
    """
    redirect = f" with the redirect URI {redirect_uri}" if redirect_uri else ""
    return f"check that {server.base_url} knows the client {server.client_id!r}{redirect}"


def name_client(error: OAuthError, server: AuthorizationServer, redirect_uri: str = "") -> OAuthError:
    """Returns an error with the client ID and the redirect URI, if the server refuses one of them, else the same error.

    Args:
        error: the server's refusal.
        server: the server of the login.
        redirect_uri: the redirect URI of the login; empty for a device login.
    """
    of_redirect = bool(redirect_uri) and "redirect" in error.description.lower()
    if type(error) is not OAuthError or not (error.code in _OF_CLIENT or of_redirect):
        return error
    check = what_to_check(server, redirect_uri)
    return OAuthError(error.code, f"{error.description}; {check}" if error.description else check, error.status)
