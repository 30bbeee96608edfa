"""Answers of the server: a JSON object, or an error (RFC 6749 §5.1, §5.2)."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import cast
from urllib.parse import parse_qs

from ...ports.hidden import Hidden
from ...ports.http import HttpResponse
from ...ports.secret import Secret
from ...ports.text import clean
from ..errors import InsufficientScope, InvalidResponse, OAuthError, ServerUnavailable, StepUpNeeded
from .www_authenticate import bearer_parameters

_OK = range(200, 300)
_LATER = frozenset({407, 408, 425, 429, *range(500, 600)})
_LATER_CODES = frozenset({"server_error", "temporarily_unavailable"})  # RFC 6749 §4.1.2.1
_CHALLENGE_ERROR = re.compile(r'\berror="([^"\\]{1,100})"')
_MAX_CODE = 100
_LONG = 300
_DIGITS = 6  # of a Retry-After: eleven days


def read_object(response: HttpResponse, *secrets: Secret) -> Hidden[object]:
    """Give the JSON object of a successful answer.

    Args:
        response: the complete answer.
        secrets: what we sent and no error text may repeat.

    Raises:
        OAuthError: the server refused, also with status 200 (RFC 6749 §5.2).
        ServerUnavailable: 407, 408, 425, 429 or 5xx, or the server says itself that it is for now only.
        InvalidResponse: it is no JSON object.
    """
    members = json_object(response.body)
    if response.status not in _OK or (members is not None and members.get("error")):
        raise refusal(response, *secrets)
    if members is None:
        raise InvalidResponse("the server's answer is not a JSON object")
    return members


def refusal(response: HttpResponse, *secrets: Secret) -> OAuthError:
    """Give the error that an answer stands for, whatever form it has: JSON, form, challenge header or a bare status."""
    members = json_object(response.body) or _form(response)
    code = clean(without(secrets, members.get("error") or _challenge_error(response.headers)), _MAX_CODE)
    description = clean(without(secrets, members.get("error_description")))
    if (more := step_up(code, description, response)) is not None:
        return more
    later = response.status in _LATER or code in _LATER_CODES
    return (ServerUnavailable if later else OAuthError)(code, description, response.status)


def step_up(code: str, description: str, response: HttpResponse) -> InsufficientScope | StepUpNeeded | None:
    """Give the error of an API that wants more than the login may do (RFC 6750 §3, RFC 9470 §3)."""
    asked = bearer_parameters(response.headers.get("www-authenticate", ""))
    if code == "insufficient_scope":
        return InsufficientScope(code, description, response.status, scope=clean(asked.get("scope")))
    if code == "insufficient_user_authentication":
        age = asked.get("max_age", "")
        max_age = int(age) if age.isascii() and age.isdecimal() and len(age) <= _DIGITS + 3 else None
        acr_values = clean(asked.get("acr_values"))
        return StepUpNeeded(code, description, response.status, acr_values=acr_values, max_age=max_age)
    return None


def step_up_error(status: int, www_authenticate: str) -> OAuthError | None:
    """Returns the error of an API request that was refused because the user must log in again with more rights.

    Programs that send their own requests call it. The error says what to pass to `login`.

    Args:
        status: the HTTP status of the answer.
        www_authenticate: the answer's `WWW-Authenticate` header; empty if it has none.

    Returns:
        `InsufficientScope` (RFC 6750 §3.1), `StepUpNeeded` (RFC 9470 §3), or None if the answer demands neither.
    """
    parameters = bearer_parameters(www_authenticate)
    code, description = clean(parameters.get("error"), _MAX_CODE), clean(parameters.get("error_description"))
    return step_up(code, description, HttpResponse(status, {"www-authenticate": www_authenticate}))


def without(secrets: Iterable[Secret], text: object) -> object:
    """Take what we sent out of a text that came back, before anything else is done to it."""
    for secret in secrets:
        if isinstance(text, str) and secret:
            text = text.replace(secret.reveal(), "***")
    return text


def retry_after(response: HttpResponse) -> float | None:
    """Give the seconds of a `Retry-After` header (RFC 9110 §10.2.3), or None; dates are not honoured."""
    value = response.headers.get("retry-after", "").strip()
    return float(value) if value.isascii() and value.isdecimal() and len(value) <= _DIGITS else None


def json_object(body: bytes) -> Hidden[object] | None:
    """Give the members of a JSON object, or None if it is none."""
    try:
        parsed: object = json.loads(body, parse_int=_number)
    except (ValueError, RecursionError):
        return None
    return Hidden(cast("dict[str, object]", parsed)) if isinstance(parsed, dict) else None


def _number(digits: str) -> float:
    return int(digits) if len(digits) < _LONG else float(digits)  # Python refuses to read an int of 5,000 digits


def _form(response: HttpResponse) -> Mapping[str, object]:
    if "form-urlencoded" not in response.headers.get("content-type", "").lower():
        return {}
    try:
        fields = parse_qs(response.body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def _challenge_error(headers: Mapping[str, str]) -> str:
    match = _CHALLENGE_ERROR.search(headers.get("www-authenticate", ""))
    return match[1] if match else ""
