"""Telling whether an error means 'unauthorized' (401), whichever library raised it; and trying once more if it does."""

import re
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from ...ports.secret import Secret

T = TypeVar("T")

UNAUTHORIZED = 401
_WORDS = re.compile(r"\b(?:invalid_token|token_expired)\b")  # RFC 6750 §3.1, and PromptVM's own


def is_unauthorized_error(error: BaseException) -> bool:
    """Say whether an error means that the access token was refused.

    The HTTP status decides where the error has one: `error.response.status_code` (httpx, httpx2, requests),
    `error.status_code`, `error.status` (our own) or `error.code` (urllib). Only without one do the words
    `invalid_token` and `token_expired` in its text count.
    """
    status = _status(error)
    return status == UNAUTHORIZED if status is not None else _WORDS.search(str(error)) is not None


class Tokens(Protocol):
    """Gives tokens, see `Access`."""

    async def token(self, profile: str | None = None) -> Secret:
        """Give a fresh one."""
        ...

    async def replace(self, profile: str | None, refused: Secret) -> Secret:
        """Give another one than the refused."""
        ...


async def with_auto_refresh(tokens: Tokens, profile: str | None, call: Callable[[str], Awaitable[T]]) -> T:
    """Call with an access token; on an unauthorized error renew the token once and call once more (RFC 6750 §3.1).

    Args:
        tokens: where tokens come from.
        profile: whose token.
        call: takes the access token.

    Raises:
        PromptVMAuthError: there is no token, or it could not be renewed.
        Exception: what `call` raised, unless it was cured.
    """
    token = await tokens.token(profile)
    try:
        return await call(token.reveal())
    except Exception as error:
        if not is_unauthorized_error(error):
            raise
        fresh = await tokens.replace(profile, token)
        if fresh == token:  # an API key: there is no other
            raise
    return await call(fresh.reveal())


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    candidates = (
        getattr(response, "status_code", None),
        *(getattr(error, name, None) for name in ("status_code", "status", "code")),
    )
    return next((value for value in candidates if isinstance(value, int) and value), None)
