"""Reads the challenge of a 401 or 403 response (RFC 9110 §11.6.1, RFC 6750 §3)."""

import re
from collections.abc import Mapping
from enum import Enum

from ...ports.text import clean

_MAX_CHALLENGE = 4096
_MAX_SCOPE = 300
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (the grammar's `token`, RFC 9110 §5.6.2)
_PART = re.compile(
    rf"""(?P<name>{_TOKEN})[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_TOKEN}))|(?P<scheme>{_TOKEN})"""
)


class Step(Enum):
    """What to do after a response."""

    RENEW = "renew the token and try once more"
    STEP_UP = "report that a new login is required"
    NOTHING = "return the response to the caller"


_BY_ERROR = {
    "": Step.RENEW,
    "invalid_token": Step.RENEW,
    "token_expired": Step.RENEW,  # PromptVM's own
    "insufficient_scope": Step.STEP_UP,
    "insufficient_user_authentication": Step.STEP_UP,  # RFC 9470 §3
}


def next_step(status: int, challenge: str) -> Step:
    """Returns what to do after a response.

    Args:
        status: the HTTP status.
        challenge: the `WWW-Authenticate` header, not trusted; empty if there is none.
    """
    if status == 403:  # noqa: PLR2004 (RFC 9110 §15.5.4: the token is valid but does not allow this)
        return Step.STEP_UP
    if status != 401:  # noqa: PLR2004 (RFC 9110 §15.5.2)
        return Step.NOTHING
    return _BY_ERROR.get(bearer_parameters(challenge).get("error", ""), Step.NOTHING)


def wanted_scope(challenge: str) -> str:
    """Returns the scope that a challenge names, cleaned for display; empty if it names none."""
    return clean(bearer_parameters(challenge).get("scope"), _MAX_SCOPE)


def bearer_parameters(challenge: str) -> Mapping[str, str]:
    """Returns the parameters of the header's bearer challenge, names in lower case; the first of a name counts."""
    parameters: dict[str, str] = {}
    scheme = ""
    for part in _PART.finditer(challenge[:_MAX_CHALLENGE]):
        if part["scheme"] is not None:
            scheme = part["scheme"].lower()
        elif scheme == "bearer":
            quoted = part["quoted"]
            value = part["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters.setdefault(part["name"].lower(), value)
    return parameters
