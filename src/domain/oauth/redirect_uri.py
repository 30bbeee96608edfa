"""The redirect URI of a login whose redirect the front end receives itself (RFC 6749 §3.1.2)."""

import re

from ..errors import ConfigurationError
from ..url import checked_url
from .server import AuthorizationServer

_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]):[1-9][0-9]{0,4}/callback")
"""What PromptVM's server has registered for every program: RFC 8252 §7.3, with one path."""


def check_redirect_uri(redirect_uri: str, server: AuthorizationServer) -> None:
    """Checks that a server can accept a redirect URI, so that the user is not sent to its error page.

    Args:
        redirect_uri: the front end's own URL.
        server: the server of the login. What a standard server has registered is not known here.

    Raises:
        InvalidUrl: it is neither https nor http on loopback.
        ConfigurationError: it has a query or a fragment, or PromptVM's server would refuse it.
    """
    parts = checked_url(redirect_uri, "the redirect URI")
    if parts.query or parts.fragment:
        raise ConfigurationError("the redirect URI must have no query and no fragment")
    if server.speaks_form or redirect_uri in server.redirect_uris or _LOOPBACK.fullmatch(redirect_uri):
        return
    raise ConfigurationError(
        f"PromptVM's server would refuse the redirect URI {redirect_uri}: it accepts http://127.0.0.1:PORT/callback. "
        "If another one is registered for your program, pass "
        "server=AuthorizationServer.promptvm(URL, redirect_uris=[...])"
    )
