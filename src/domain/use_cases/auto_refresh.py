"""Recognizes a refused access token in errors of any HTTP library, and calls once more with a new one (RFC 6750)."""

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

from ...ports.secret import Secret

T = TypeVar("T")

UNAUTHORIZED = 401
_WORDS = re.compile(r"\b(?:invalid_token|token_expired)\b")  # RFC 6750 §3.1, and PromptVM's own


class Renewal(NamedTuple):
    """A token and a function that replaces it.

    Attributes:
        token: a fresh access token, or an API key.
        replace: returns a token to replace the refused one; for an API key, the same key.
    """

    token: Secret
    replace: Callable[[Secret], Awaitable[Secret]]


def is_unauthorized_error(error: BaseException) -> bool:
    """Returns whether an exception means that a server refused the access token (RFC 6750 §3.1).

    If the exception has an HTTP status, that decides: `error.response.status_code` (httpx, httpx2, requests),
    `error.status_code`, `error.status` (this library) or `error.code` (urllib). If it has none, the words
    `invalid_token` and `token_expired` in its text decide.

    Args:
        error: any exception.
    """
    status = _status(error)
    return status == UNAUTHORIZED if status is not None else _WORDS.search(str(error)) is not None


async def call_with_renewal(
    renewal: Renewal, call: Callable[[Secret], Awaitable[T]], is_refused: Callable[[T], bool] = lambda _: False
) -> tuple[T, Secret]:
    """Calls a function with a token; if the token is refused, renews it and calls once more (RFC 6750 §3.1).

    Args:
        renewal: the token and a function that replaces it.
        call: the function; it refuses the token by an error for which `is_unauthorized_error` is true.
        is_refused: returns whether a result of `call` means that the token was refused.

    Returns:
        The result of the last call, and its token.

    Raises:
        PromptVMAuthError: the token could not be renewed.
        Exception: any other error of `call`, or the error of its second call.
    """
    token = renewal.token
    try:
        result = await call(token)
    except Exception as error:
        if not is_unauthorized_error(error):
            raise
        fresh = await renewal.replace(token)
        if fresh == token:  # an API key cannot be replaced
            raise
    else:
        if not is_refused(result):
            return result, token
        fresh = await renewal.replace(token)
        if fresh == token:
            return result, token
    return await call(fresh), fresh


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    candidates = (
        getattr(response, "status_code", None),
        *(getattr(error, name, None) for name in ("status_code", "status", "code")),
    )
    return next((value for value in candidates if isinstance(value, int) and value), None)
