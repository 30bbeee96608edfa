"""What an answer of 401 or 403 asks for, by its status and its challenge (RFC 9110 §11.6.1, RFC 6750 §3)."""

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
    """What to do about a refusal."""

    RENEW = "renew the token and try once more"
    STEP_UP = "report that the login must be allowed more"
    NOTHING = "give the answer to the caller"


_BY_ERROR = {
    "": Step.RENEW,
    "invalid_token": Step.RENEW,
    "token_expired": Step.RENEW,  # PromptVM's own
    "insufficient_scope": Step.STEP_UP,
    "insufficient_user_authentication": Step.STEP_UP,  # RFC 9470 §3
}


def next_step(status: int, challenge: str) -> Step:
    """Say what to do about an answer.

    Args:
        status: of the answer.
        challenge: its `WWW-Authenticate` header, from any server; empty if there is none.
    """
    if status == 403:  # noqa: PLR2004 (RFC 9110 §15.5.4: the token is good, it just does not allow this)
        return Step.STEP_UP
    if status != 401:  # noqa: PLR2004 (RFC 9110 §15.5.2)
        return Step.NOTHING
    return _BY_ERROR.get(bearer_parameters(challenge).get("error", ""), Step.NOTHING)


def wanted_scope(challenge: str) -> str:
    """Give the scope that a challenge names, fit to be shown; empty if it names none."""
    return clean(bearer_parameters(challenge).get("scope"), _MAX_SCOPE)


def bearer_parameters(challenge: str) -> Mapping[str, str]:
    """Give the parameters of the bearer challenge in the header, names in lower case; the first one wins."""
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
