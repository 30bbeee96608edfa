"""Recognizes answers that a gateway, a firewall, a proxy or a captive portal gave in place of the server."""

import json

from ...ports.http import HttpResponse
from ..errors import ServerUnavailable
from .own_message import with_own_message
from .response import UNAVAILABLE

_OK = range(200, 300)
_NOT_JSON = ("form-urlencoded", "jwt")
_JSON_BEGINS = (b"{", b"[")


def is_from_gateway(response: HttpResponse) -> bool:
    """Returns whether a body is neither JSON nor another format that servers use, so that another program answered.

    An empty body may be the server's. So may a successful one that begins as JSON does: it was cut short, and what it
    granted is lost. With a status of `UNAVAILABLE` it does not matter who answered.

    Args:
        response: the complete response.
    """
    body, kind = response.body.strip(), response.headers.get("content-type", "").lower()
    if not body or response.status in UNAVAILABLE or any(name in kind for name in _NOT_JSON):
        return False
    if response.status in _OK and body.startswith(_JSON_BEGINS):
        return False
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return True
    return False


def gateway_error(status: int) -> ServerUnavailable:
    """Returns the error for an answer that is not the authorization server's.

    Args:
        status: its HTTP status.
    """
    problem = (
        f"the answer (HTTP status {status}) is not the authorization server's: a firewall, a proxy or a sign-in page "
        "of the network is in the way; try again later"
    )
    return with_own_message(ServerUnavailable("", problem, status))
