"""Recognizes a refused access token in errors of any HTTP library, and calls once more with a new one (RFC 6750)."""

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar, cast

from ...ports.secret import Secret

T = TypeVar("T")

UNAUTHORIZED = 401
_HTTP_STATUSES = range(100, 600)
_WORDS = re.compile(r"\b(?:invalid_token|token_expired)\b")  # RFC 6750 §3.1, and PromptVM's own
_OTHER_WORDS = re.compile(r"\binsufficient_scope\b")  # RFC 6750 §3.1: another token would not help
_TOLD_STATUS = re.compile(
    r"""(?:\bhttp(?:/[0-9.]+)?|\b(?:error|status|code)|\bstatus_?code)\W{1,3}(?P<after>[45]\d\d)\b
    | \b(?P<before>[45]\d\d)\W{1,3}(?:unauthori[sz]ed|forbidden|client\ error|server\ error)\b
    | ^\W*(?P<first>[45]\d\d)(?:[:,]|\s+\w+_\w)""",
    re.IGNORECASE | re.VERBOSE,
)
"""An HTTP status in the text of an error: 'API error 401', 'HTTP/1.1 401', '401 Unauthorized', '401: token expired'."""

_MAX_TEXT = 4096
_MAX_ERRORS = 100


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
    `error.status_code`, `error.status` (this library) or `error.code` (urllib). If it has none, its text decides: by a
    status in it, such as 'API error 401', '401 Unauthorized' or 'HTTP/1.1 401', else by the words `invalid_token` and
    `token_expired`. An exception that says none of this is judged by its cause (`raise ... from ...`) and, if it is a
    group, by those in it: one is enough.

    Args:
        error: any exception.
    """
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < _MAX_ERRORS:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        verdict = _verdict(each)
        if verdict:
            return True
        if verdict is None:
            waiting += _inside(each)
    return False


def _inside(error: BaseException) -> list[BaseException]:
    """Returns the exceptions of a group, and the cause of an exception."""
    group = cast("BaseExceptionGroup[BaseException]", error).exceptions if isinstance(error, BaseExceptionGroup) else ()
    return [*group, *([] if error.__cause__ is None else [error.__cause__])]


def _verdict(error: BaseException) -> bool | None:
    """Returns whether one exception means that the token was refused, or None if it says nothing about it."""
    status = _status(error)
    if status is not None:
        return status == UNAUTHORIZED
    text = str(error)[:_MAX_TEXT]
    if told := _TOLD_STATUS.search(text):
        return str(UNAUTHORIZED) in told.groups()
    if _OTHER_WORDS.search(text):
        return False
    return True if _WORDS.search(text) else None


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
    return next((value for value in candidates if isinstance(value, int) and value in _HTTP_STATUSES), None)
